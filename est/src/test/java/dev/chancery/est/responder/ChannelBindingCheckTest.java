package dev.chancery.est.responder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.requester.Requester;
import dev.chancery.est.responder.ChannelBindingCheck.Link;
import dev.chancery.pki.Der;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.ChannelBindings.ChannelBinding;
import dev.chancery.transport.Peer;
import java.security.KeyPair;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelBindingCheckTest {
  private static final KeyPair KEY = KeyPairs.generate(KeyType.P_256);
  private static final SubjectNames NAMES = SubjectNames.parse("CN=sensor-1", List.of());
  private static final Requester ORDINARY = Requester.ServerItself.of(NAMES, "any");

  private static final ChannelBinding UNIQUE = known(12, 'u');
  private static final ChannelBinding EXPORTER = known(32, 'e');
  private static final ChannelBinding NONE = new ChannelBinding.Unavailable("not told");

  @Test
  void tlsExporterLinksOnTls13() {
    assertThat(check(base64(EXPORTER), "TLSv1.3", NONE, EXPORTER)).isEqualTo(Link.TLS_EXPORTER);
  }

  @Test
  void tlsUniqueLinksOnTls12() {
    assertThat(check(base64(UNIQUE), "TLSv1.2", UNIQUE, EXPORTER)).isEqualTo(Link.TLS_UNIQUE);
  }

  @Test
  void tlsExporterLinksOnTls12WithExtendedMasterSecret() {
    assertThat(check(base64(EXPORTER), "TLSv1.2", NONE, EXPORTER)).isEqualTo(Link.TLS_EXPORTER);
  }

  @Test
  void aFinishedIsNoBindingOnTls13() {
    assertRefused(Refusal.Code.CHANNEL_BINDING_WRONG, base64(UNIQUE), "TLSv1.3", UNIQUE, EXPORTER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "secret123", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})
  void anyOtherValueIsRefusedTheEmptyOneToo(String value) {
    assertRefused(Refusal.Code.CHANNEL_BINDING_WRONG, value, "TLSv1.3", NONE, EXPORTER);
  }

  @Test
  void whatCannotBeCheckedIsNotAccepted() {
    assertRefused(
        Refusal.Code.CHANNEL_BINDING_UNVERIFIABLE, base64(EXPORTER), "TLSv1.3", NONE, NONE);
    assertRefused(
        Refusal.Code.CHANNEL_BINDING_UNVERIFIABLE, base64(UNIQUE), "TLSv1.2", NONE, EXPORTER);
  }

  @Test
  void whereLinkingIsOptionalARequestWithoutIsAccepted() {
    CertificationRequest request = CertificationRequestBuilder.builder(NAMES, KEY).build();

    assertThat(
            ChannelBindingCheck.check(
                request, ORDINARY, peer("TLSv1.3", NONE, NONE), ChannelBindingDemand.OPTIONAL))
        .isEqualTo(Link.NONE);
  }

  @Test
  void whereLinkingIsRequiredARequestWithoutIsRefused() {
    CertificationRequest request = CertificationRequestBuilder.builder(NAMES, KEY).build();

    assertThatThrownBy(() ->
            ChannelBindingCheck.check(
                request, ORDINARY, peer("TLSv1.3", NONE, EXPORTER), ChannelBindingDemand.REQUIRED))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.refusal().code()).isEqualTo(Refusal.Code.CHANNEL_BINDING_MISSING));
  }

  private static void assertRefused(
      Refusal.Code code,
      String challenge,
      String protocol,
      ChannelBinding unique,
      ChannelBinding exporter) {
    assertThatThrownBy(() -> check(challenge, protocol, unique, exporter))
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().code()).isEqualTo(code));
  }

  private static Link check(
      String challenge, String protocol, ChannelBinding unique, ChannelBinding exporter) {
    CertificationRequest request =
        CertificationRequestBuilder.builder(NAMES, KEY).challengePassword(challenge).build();
    return ChannelBindingCheck.check(
        request, ORDINARY, peer(protocol, unique, exporter), ChannelBindingDemand.OPTIONAL);
  }

  private static Peer.Tls peer(String protocol, ChannelBinding unique, ChannelBinding exporter) {
    return new Peer.Tls(
        "192.0.2.1",
        protocol,
        "any",
        List.of(),
        Optional.empty(),
        () -> new ChannelBindings(unique, exporter));
  }

  private static ChannelBinding known(int length, char fill) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) fill);
    return new ChannelBinding.Known(Der.of(bytes));
  }

  private static String base64(ChannelBinding binding) {
    return switch (binding) {
      case ChannelBinding.Known known ->
          Base64.getEncoder().encodeToString(known.bytes().toByteArray());
      case ChannelBinding.Unavailable unavailable ->
          throw new IllegalArgumentException(unavailable.reason());
    };
  }
}
