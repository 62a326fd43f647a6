package dev.chancery.est.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EstServerTest {
  @ParameterizedTest
  @CsvSource({
    "https://ca.example, https://ca.example:443",
    "https://ca.example:8443/, https://ca.example:8443",
    "https://ca.example:8443/.well-known/est, https://ca.example:8443",
    "https://ca.example:8443/.well-known/est/factory, "
        + "https://ca.example:8443/.well-known/est/factory",
    "https://[::1]:8443, https://[::1]:8443",
  })
  void aServerIsHostPortAndLabel(String url, String canonical) {
    assertThat(EstServer.parse(url)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://ca.example",
        "ca.example",
        "https://user@ca.example",
        "https://ca.example/?x",
        "https://ca.example/est",
        "https://ca.example/.well-known/est/cacerts",
        "https://ca.example:99999"
      })
  void anyOtherUrlIsRefused(String url) {
    assertThatThrownBy(() -> EstServer.parse(url)).isInstanceOf(MalformedException.class);
  }
}
