package dev.chancery.interop.est;

import dev.chancery.interop.Wire;
import dev.chancery.pki.crypto.Randomness;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Hashtable;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsClient;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.BasicTlsPSKExternal;
import org.bouncycastle.tls.BasicTlsPSKIdentity;
import org.bouncycastle.tls.BasicTlsSRPIdentity;
import org.bouncycastle.tls.ChannelBinding;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsExtensionsUtils;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsPSKIdentity;
import org.bouncycastle.tls.TlsSRPIdentity;
import org.bouncycastle.tls.TlsSRPUtils;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/// A client of TLS-PSK and TLS-SRP that can tell its channel bindings, which no program can:
/// BouncyCastle's.
final class KeyedClient {
  /// What the client offers.
  enum Offer {
    TLS12_PSK,
    TLS13_PSK,
    SRP
  }

  private final Wire wire;
  private final Client client;

  private KeyedClient(Wire wire, Client client) {
    this.wire = wire;
    this.client = client;
  }

  /// Connects, with a handshake.
  ///
  /// @throws IOException if the handshake fails
  static KeyedClient connect(int port, Offer offer, String identity, String secret)
      throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(15_000);
    Client client =
        new Client(
            offer,
            identity.getBytes(StandardCharsets.UTF_8),
            secret.getBytes(StandardCharsets.UTF_8));
    TlsClientProtocol protocol =
        new TlsClientProtocol(socket.getInputStream(), socket.getOutputStream());
    try {
      protocol.connect(client);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return new KeyedClient(Wire.over(new Secured(protocol, socket)), client);
  }

  Wire wire() {
    return wire;
  }

  byte[] tlsUnique() {
    return client.tlsUnique;
  }

  byte[] tlsExporter() {
    return client.tlsExporter;
  }

  /// The plaintext of a connection, as a socket.
  private static final class Secured extends Socket {
    private final TlsClientProtocol protocol;
    private final Socket socket;

    Secured(TlsClientProtocol protocol, Socket socket) {
      this.protocol = protocol;
      this.socket = socket;
    }

    @Override
    public InputStream getInputStream() {
      return protocol.getInputStream();
    }

    @Override
    public OutputStream getOutputStream() {
      return protocol.getOutputStream();
    }

    @Override
    public void close() throws IOException {
      protocol.close();
      socket.close();
    }
  }

  private static final class Client extends AbstractTlsClient {
    private final Offer offer;
    private final byte[] identity;
    private final byte[] secret;
    private byte[] tlsUnique = {};
    private byte[] tlsExporter = {};

    Client(Offer offer, byte[] identity, byte[] secret) {
      super(new BcTlsCrypto(Randomness.secureRandom()));
      this.offer = offer;
      this.identity = identity;
      this.secret = secret;
    }

    @Override
    public void notifyHandshakeComplete() throws IOException {
      super.notifyHandshakeComplete();
      tlsExporter = context.exportChannelBinding(ChannelBinding.tls_exporter);
      if (offer != Offer.TLS13_PSK) {
        tlsUnique = context.exportChannelBinding(ChannelBinding.tls_unique);
      }
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
      return (offer == Offer.TLS13_PSK ? ProtocolVersion.TLSv13 : ProtocolVersion.TLSv12).only();
    }

    @Override
    protected int[] getSupportedCipherSuites() {
      return switch (offer) {
        case TLS12_PSK ->
            new int[] {
              CipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256,
              CipherSuite.TLS_ECDHE_PSK_WITH_AES_256_GCM_SHA384,
              CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256
            };
        case TLS13_PSK -> new int[] {CipherSuite.TLS_AES_128_GCM_SHA256};
        case SRP -> new int[] {CipherSuite.TLS_SRP_SHA_WITH_AES_128_CBC_SHA};
      };
    }

    @Override
    public @Nullable TlsPSKIdentity getPSKIdentity() {
      return offer == Offer.TLS12_PSK ? new BasicTlsPSKIdentity(identity, secret) : null;
    }

    @Override
    public @Nullable TlsSRPIdentity getSRPIdentity() {
      return offer == Offer.SRP ? new BasicTlsSRPIdentity(identity, secret) : null;
    }

    @Override
    @SuppressWarnings({"rawtypes", "JdkObsolete"})
    public @Nullable Vector getExternalPSKs() {
      return offer == Offer.TLS13_PSK
          ? new Vector<>(
              List.of(new BasicTlsPSKExternal(identity, getCrypto().createSecret(secret))))
          : null;
    }

    @Override
    @SuppressWarnings({"rawtypes", "JdkObsolete"})
    public Hashtable getClientExtensions() throws IOException {
      Hashtable extensions =
          TlsExtensionsUtils.ensureExtensionsInitialised(super.getClientExtensions());
      if (offer == Offer.SRP) {
        TlsSRPUtils.addSRPExtension(extensions, identity);
      }
      return extensions;
    }

    @Override
    public TlsAuthentication getAuthentication() throws IOException {
      throw new TlsFatalAlert(AlertDescription.unexpected_message, "the server has a certificate");
    }
  }
}
