package dev.chancery.server.tls.certificateless;

import dev.chancery.authority.requester.HandshakeSecret;
import dev.chancery.est.responder.CredentialKey;
import dev.chancery.pki.Der;
import dev.chancery.server.configuration.Configuration.CertificatelessMechanism;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.ChannelBindings.ChannelBinding;
import dev.chancery.transport.Peer;
import java.io.IOException;
import java.util.Arrays;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsServer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.AlertLevel;
import org.bouncycastle.tls.BasicTlsPSKExternal;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.PskIdentity;
import org.bouncycastle.tls.SecurityParameters;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsPSKExternal;
import org.bouncycastle.tls.TlsPSKIdentityManager;
import org.bouncycastle.tls.TlsSRPLoginParameters;
import org.bouncycastle.tls.TlsSRPUtils;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.TlsECConfig;
import org.jspecify.annotations.Nullable;

/// The server's side of one handshake: which versions, suites and groups, whose key, and what came
/// of it. There is no resumption, no renegotiation, and no certificate on either side.
final class CertificatelessServer extends AbstractTlsServer {
  private static final int[] GROUPS = {
    NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1
  };

  /// A ClientHello with post-quantum key shares has about 4 KB.
  private static final int MAX_HANDSHAKE_MESSAGE_BYTES = 16 * 1024;

  private final Set<CertificatelessMechanism> mechanisms;
  private final HandshakeKeys keys;
  private byte @Nullable [] srpIdentity;
  private @Nullable TlsSRPLoginParameters srpLogin;
  private @Nullable Established established;

  /// What a completed handshake has shown.
  private record Established(
      String protocol, String cipherSuite, CredentialKey key, ChannelBindings bindings) {}

  CertificatelessServer(
      TlsCrypto crypto, Set<CertificatelessMechanism> mechanisms, HandshakeKeys keys) {
    super(crypto);
    this.mechanisms = mechanisms;
    this.keys = keys;
  }

  // Versions, suites, groups

  @Override
  protected ProtocolVersion[] getSupportedVersions() {
    return mechanisms.contains(CertificatelessMechanism.PSK)
        ? ProtocolVersion.TLSv13.downTo(ProtocolVersion.TLSv12)
        : ProtocolVersion.TLSv12.only();
  }

  @Override
  protected int[] getSupportedCipherSuites() {
    return Suite.of(mechanisms);
  }

  @Override
  protected boolean preferLocalCipherSuites() {
    return true;
  }

  @Override
  public int getMaxHandshakeMessageSize() {
    return MAX_HANDSHAKE_MESSAGE_BYTES;
  }

  /// The first that is told of a ClientHello.
  @Override
  public void notifyOfferedCipherSuites(int[] offered) throws IOException {
    super.notifyOfferedCipherSuites(offered);
    keys.admit();
    if (mechanisms.contains(CertificatelessMechanism.SRP)
        && Arrays.stream(offered).anyMatch(Suite::isSrp)) {
      // TLS 1.3 has no SRP. Whoever offers both means SRP, since nobody offers it unconfigured.
      protocolVersions = ProtocolVersion.TLSv12.only();
    }
  }

  @Override
  @SuppressWarnings({"rawtypes", "JdkObsolete"})
  public void processClientExtensions(Hashtable extensions) throws IOException {
    super.processClientExtensions(extensions);
    srpIdentity = TlsSRPUtils.getSRPExtension(extensions);
  }

  @Override
  @SuppressWarnings({"rawtypes", "JdkObsolete"})
  protected boolean isSelectableCipherSuite(
      int cipherSuite, int availCurveBits, int availFiniteFieldBits, Vector sigAlgs) {
    return super.isSelectableCipherSuite(cipherSuite, availCurveBits, availFiniteFieldBits, sigAlgs)
        && (!Suite.isSrp(cipherSuite) || srpIdentity != null);
  }

  @Override
  public int getSelectedCipherSuite() throws IOException {
    if (isTls13() && !keys.areKnown()) {
      throw new TlsFatalAlert(AlertDescription.handshake_failure, "no pre-shared key was offered");
    }
    int suite = super.getSelectedCipherSuite();
    if (Suite.isSrp(suite) && srpIdentity != null) {
      try (HandshakeSecret secret = keys.of(srpIdentity)) {
        srpLogin = SrpVerifier.of(getCrypto(), srpIdentity, secret);
      }
    }
    return suite;
  }

  @Override
  public int[] getSupportedGroups() {
    return GROUPS.clone();
  }

  @Override
  protected int selectECDH(int minimumCurveBits) {
    int[] offered = context.getSecurityParametersHandshake().getClientSupportedGroups();
    return Arrays.stream(GROUPS)
        .filter(group ->
            // Who names none can do all (RFC 8422 §4), but old ones that name none know no X25519.
            offered == null
                ? group == NamedGroup.secp256r1
                : Arrays.stream(offered).anyMatch(named -> named == group))
        .filter(group -> NamedGroup.getCurveBits(group) >= minimumCurveBits)
        .findFirst()
        .orElse(-1);
  }

  @Override
  public TlsECConfig getECDHConfig() throws IOException {
    if (selectECDH(0) < 0) {
      throw new TlsFatalAlert(AlertDescription.handshake_failure, "no common group");
    }
    return super.getECDHConfig();
  }

  private boolean isTls13() {
    return ProtocolVersion.TLSv13.equals(
        context.getSecurityParametersHandshake().getNegotiatedVersion());
  }

  // Keys

  /// TLS 1.3. Of several identities the first counts: a server should try one (RFC 8446 §4.2.11),
  /// and this one sends no tickets that might be among them.
  @Override
  @SuppressWarnings({"rawtypes", "JdkObsolete"})
  public @Nullable TlsPSKExternal getExternalPSK(Vector identities) {
    if (!mechanisms.contains(CertificatelessMechanism.PSK) || identities.isEmpty()) {
      return null;
    }
    byte[] identity = ((PskIdentity) identities.getFirst()).getIdentity();
    try (HandshakeSecret secret = keys.of(identity)) {
      byte[] bytes = secret.secret();
      try {
        return new BasicTlsPSKExternal(identity, getCrypto().createSecret(bytes));
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
    }
  }

  /// TLS 1.2.
  @Override
  public TlsPSKIdentityManager getPSKIdentityManager() {
    return new TlsPSKIdentityManager() {
      @Override
      public byte @Nullable [] getHint() {
        return null;
      }

      // BouncyCastle wipes what it gets.
      @Override
      public byte[] getPSK(byte[] identity) {
        try (HandshakeSecret secret = keys.of(identity)) {
          return secret.secret();
        }
      }
    };
  }

  @Override
  public @Nullable TlsSRPLoginParameters getSRPLoginParameters() {
    return srpLogin;
  }

  /// None; and where TLS 1.3 asks for some, after a second ClientHello without key, the end.
  @Override
  public @Nullable TlsCredentials getCredentials() throws IOException {
    if (isTls13()) {
      throw new TlsFatalAlert(AlertDescription.handshake_failure, "no pre-shared key was offered");
    }
    return null;
  }

  // Outcome

  /// A wrong secret shows in the first thing that it has keyed: the binder in TLS 1.3, the client's
  /// Finished in TLS 1.2, which cannot even be decrypted.
  @Override
  public void notifyAlertRaised(
      short level, short description, @Nullable String message, @Nullable Throwable cause) {
    if (level == AlertLevel.fatal
        && (description == AlertDescription.bad_record_mac
            || description == AlertDescription.decrypt_error)) {
      keys.failed();
    }
  }

  @Override
  public void notifyHandshakeComplete() throws IOException {
    super.notifyHandshakeComplete();
    SecurityParameters parameters = context.getSecurityParametersConnection();
    boolean tls13 = ProtocolVersion.TLSv13.equals(parameters.getNegotiatedVersion());
    established =
        new Established(
            tls13 ? "TLSv1.3" : "TLSv1.2",
            Suite.name(parameters.getCipherSuite()),
            new CredentialKey(keys.proven()),
            new ChannelBindings(
                tls13
                    ? new ChannelBinding.Unavailable("TLS 1.3 has no tls-unique")
                    : known(org.bouncycastle.tls.ChannelBinding.tls_unique),
                parameters.isExtendedMasterSecret()
                    ? known(org.bouncycastle.tls.ChannelBinding.tls_exporter)
                    : new ChannelBinding.Unavailable("there is no extended master secret")));
  }

  private ChannelBinding known(int binding) {
    return new ChannelBinding.Known(Der.of(context.exportChannelBinding(binding)));
  }

  boolean isEstablished() {
    return established != null;
  }

  /// The suite's name, for the session.
  Optional<String> cipherSuite() {
    return Optional.ofNullable(established).map(Established::cipherSuite);
  }

  /// `TLSv1.2` or `TLSv1.3`.
  Optional<String> protocol() {
    return Optional.ofNullable(established).map(Established::protocol);
  }

  Peer.Tls peer(String address) {
    if (established == null) {
      throw new IllegalStateException("the handshake is not complete");
    }
    ChannelBindings bindings = established.bindings();
    return new Peer.Tls(
        address,
        established.protocol(),
        established.cipherSuite(),
        List.of(),
        Optional.of(established.key()),
        () -> bindings);
  }
}
