package dev.chancery.server.tls.certificateless;

import dev.chancery.server.configuration.Configuration.CertificatelessMechanism;
import java.util.Arrays;
import java.util.Set;
import org.bouncycastle.tls.CipherSuite;

/// What may be negotiated, the best first: forward secrecy always, and authenticated encryption
/// wherever the mechanism has it. SRP's suites are those of RFC 5054, with CBC and SHA-1; the MAC
/// goes after the encryption (RFC 7366) if the client can. No plain PSK, no DHE-PSK, no RSA-PSK.
enum Suite {
  TLS_AES_128_GCM_SHA256(CipherSuite.TLS_AES_128_GCM_SHA256, CertificatelessMechanism.PSK),
  TLS_CHACHA20_POLY1305_SHA256(
      CipherSuite.TLS_CHACHA20_POLY1305_SHA256, CertificatelessMechanism.PSK),
  TLS_SRP_SHA_WITH_AES_256_CBC_SHA(
      CipherSuite.TLS_SRP_SHA_WITH_AES_256_CBC_SHA, CertificatelessMechanism.SRP),
  TLS_SRP_SHA_WITH_AES_128_CBC_SHA(
      CipherSuite.TLS_SRP_SHA_WITH_AES_128_CBC_SHA, CertificatelessMechanism.SRP),
  TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256(
      CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, CertificatelessMechanism.PSK),
  TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384(
      CipherSuite.TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384, CertificatelessMechanism.PSK),
  TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256(
      CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, CertificatelessMechanism.PSK);

  private final int number;
  private final CertificatelessMechanism mechanism;

  Suite(int number, CertificatelessMechanism mechanism) {
    this.number = number;
    this.mechanism = mechanism;
  }

  /// IANA's numbers of the suites of `mechanisms`.
  static int[] of(Set<CertificatelessMechanism> mechanisms) {
    return Arrays.stream(values())
        .filter(suite -> mechanisms.contains(suite.mechanism))
        .mapToInt(suite -> suite.number)
        .toArray();
  }

  static boolean isSrp(int number) {
    return Arrays.stream(values())
        .anyMatch(
            suite -> suite.number == number && suite.mechanism == CertificatelessMechanism.SRP);
  }

  /// IANA's name of a suite that was negotiated.
  static String name(int number) {
    return Arrays.stream(values())
        .filter(suite -> suite.number == number)
        .findFirst()
        .orElseThrow()
        .name();
  }
}
