package dev.chancery.est.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerIdentityTest {
  private static final TestServer.Ca CA = new TestServer.Ca("CN=Root");

  @ParameterizedTest
  @CsvSource({
    "dns:ca.example, ca.example, true",
    "dns:ca.example, CA.Example, true",
    "dns:ca.example, www.ca.example, false",
    "dns:*.ca.example, www.ca.example, true",
    "dns:*.ca.example, ca.example, false",
    "dns:*.ca.example, a.b.ca.example, false",
    "dns:*.example, ca.example, false",
    "ip:192.0.2.1, 192.0.2.1, true",
    "ip:192.0.2.2, 192.0.2.1, false",
    "dns:192.0.2.1, 192.0.2.9, false",
    "ip:2001:db8::1, 2001:db8:0:0::1, true",
    "uri:https://ca.example, ca.example, false",
  })
  void namesMatchByRfc6125(String name, String host, boolean matches) {
    var certificate =
        CA.issue(
            // A common name is no host name.
            SubjectNames.parse("CN=" + host.replace(":", ""), List.of(name)),
            KeyPairs.generate(KeyType.P_256),
            List.of(TestServer.SERVER_AUTH));

    assertThat(ServerIdentity.speaksFor(host, certificate)).isEqualTo(matches);
  }
}
