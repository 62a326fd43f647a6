package dev.chancery.server.tls.certificateless;

import dev.chancery.authority.requester.HandshakeSecret;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.tls.TlsSRPLoginParameters;
import org.bouncycastle.tls.crypto.SRP6Group;
import org.bouncycastle.tls.crypto.SRP6StandardGroups;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.TlsSRPConfig;

/// Computes what the server needs for SRP (RFC 5054 §2.4) from a secret, anew for each handshake:
/// the secret itself is kept, since other protocols compute with it, so a stored verifier would
/// protect nothing.
final class SrpVerifier {
  /// As strong as the secret's 128 bits (RFC 5054 appendix A).
  private static final SRP6Group GROUP = SRP6StandardGroups.rfc5054_3072;

  private SrpVerifier() {}

  /// The parameters for `identity`; those of an unknown one look the same (RFC 5054 §2.5.1.3).
  static TlsSRPLoginParameters of(TlsCrypto crypto, byte[] identity, HandshakeSecret secret) {
    TlsSRPConfig group = new TlsSRPConfig();
    group.setExplicitNG(new BigInteger[] {GROUP.getN(), GROUP.getG()});
    byte[] password = secret.secret();
    try {
      return new TlsSRPLoginParameters(
          identity,
          group,
          crypto
              .createSRP6VerifierGenerator(group)
              .generateVerifier(secret.salt(), identity, password),
          secret.salt());
    } finally {
      Arrays.fill(password, (byte) 0);
    }
  }
}
