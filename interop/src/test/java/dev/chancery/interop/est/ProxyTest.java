package dev.chancery.interop.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.est.client.Enrollment;
import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.est.client.Linking;
import dev.chancery.est.client.Proxy;
import dev.chancery.interop.Requirement;
import java.net.InetAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Through proxies, with every check unchanged.
@Requirement("EST-269")
class ProxyTest extends HostileClientSetup {
  private static final Proxy.Login LOGIN = new Proxy.Login("clerk", "gate");

  private static String host() {
    return InetAddress.getLoopbackAddress().getHostAddress();
  }

  private static Proxy connect(TestProxy proxy, Optional<Proxy.Login> login) {
    return new Proxy.HttpConnect(host(), proxy.port(), login);
  }

  private static Proxy socks(TestProxy proxy, Optional<Proxy.Login> login) {
    return new Proxy.Socks5(host(), proxy.port(), login);
  }

  private Enrollment enrollBy(Proxy proxy) {
    return settings().proxy(proxy).build().enroll(explicit(), CREDENTIAL, draft(Linking.REQUIRED));
  }

  private String target() {
    return "localhost:" + peer.port();
  }

  private void assertLinkedThroughTheTunnel() {
    var received = peer.received("simpleenroll").getFirst();
    assertThat(LinkingTest.bindingIn(received)).isEqualTo(received.binding());
    assertThat(received.headers()).doesNotContainKey("proxy-authorization");
  }

  @Test
  void aTunnelByConnect() {
    try (TestProxy proxy = TestProxy.http(Optional.empty(), Optional.empty())) {
      assertThat(enrollBy(connect(proxy, Optional.empty()))).isInstanceOf(Enrollment.Issued.class);

      assertThat(proxy.targets()).containsExactly(target());
      assertThat(proxy.heads())
          .noneMatch(head -> head.toLowerCase(java.util.Locale.ROOT).contains("authorization"));
      assertLinkedThroughTheTunnel();
    }
  }

  @Test
  void aTunnelByConnectWithALoginOfItsOwn() {
    try (TestProxy proxy = TestProxy.http(Optional.of("clerk:gate"), Optional.empty())) {
      assertThat(enrollBy(connect(proxy, Optional.of(LOGIN))))
          .isInstanceOf(Enrollment.Issued.class);

      assertThat(proxy.targets()).containsExactly(target());
      assertLinkedThroughTheTunnel();
    }
  }

  @Test
  void aProxyThatWantsALoginAndGetsNone() {
    try (TestProxy proxy = TestProxy.http(Optional.of("clerk:gate"), Optional.empty())) {
      assertFails(Code.PROXY_REFUSED, () -> enrollBy(connect(proxy, Optional.empty())));
      assertFails(
          Code.PROXY_REFUSED,
          () -> enrollBy(connect(proxy, Optional.of(new Proxy.Login("clerk", "wrong")))));
      assertThat(peer.received()).isEmpty();
    }
  }

  @Test
  void aTunnelBySocks() {
    try (TestProxy proxy = TestProxy.socks(Optional.empty())) {
      assertThat(enrollBy(socks(proxy, Optional.empty()))).isInstanceOf(Enrollment.Issued.class);

      assertThat(proxy.targets()).containsExactly(target());
      assertLinkedThroughTheTunnel();
    }
  }

  @Test
  void aTunnelBySocksWithALoginOfItsOwn() {
    try (TestProxy proxy = TestProxy.socks(Optional.of("clerk:gate"))) {
      assertThat(enrollBy(socks(proxy, Optional.of(LOGIN)))).isInstanceOf(Enrollment.Issued.class);

      assertThat(proxy.targets()).containsExactly(target());
    }
  }

  @Test
  void aSocksProxyThatWantsALoginAndGetsNone() {
    try (TestProxy proxy = TestProxy.socks(Optional.of("clerk:gate"))) {
      assertFails(Code.PROXY_REFUSED, () -> enrollBy(socks(proxy, Optional.empty())));
      assertFails(
          Code.PROXY_REFUSED,
          () -> enrollBy(socks(proxy, Optional.of(new Proxy.Login("clerk", "wrong")))));
      assertThat(peer.received()).isEmpty();
    }
  }

  @Test
  void aProxyThatLooksIntoTlsIsAMatterOfTrust() {
    HostileAuthority inspector = HostileAuthority.root("CN=Inspection");
    var tls = HostilePeer.serverTls(inspector, "dns:localhost", HostileAuthority.SERVER_AUTH);
    try (TestProxy proxy = TestProxy.http(Optional.empty(), Optional.of(tls))) {
      assertFails(Code.SERVER_UNTRUSTED, () -> enrollBy(connect(proxy, Optional.empty())));

      assertThat(proxy.heads()).hasSize(1);
      assertThat(peer.received()).isEmpty();
    }
  }

  @Test
  void aServerIsCheckedThroughAProxyToo() {
    HostileAuthority foreign = HostileAuthority.root("CN=Foreign");
    replacePeer(HostilePeer.start(foreign));
    try (TestProxy http = TestProxy.http(Optional.empty(), Optional.empty());
        TestProxy socks = TestProxy.socks(Optional.empty())) {
      assertFails(Code.SERVER_UNTRUSTED, () -> enrollBy(connect(http, Optional.empty())));
      assertFails(Code.SERVER_UNTRUSTED, () -> enrollBy(socks(socks, Optional.empty())));
      assertThat(peer.received()).isEmpty();
    }
  }
}
