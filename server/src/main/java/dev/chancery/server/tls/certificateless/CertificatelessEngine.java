package dev.chancery.server.tls.certificateless;

import dev.chancery.server.tls.KeyedHandshake;
import dev.chancery.transport.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import org.bouncycastle.tls.RecordPreview;
import org.bouncycastle.tls.TlsServerProtocol;
import org.jspecify.annotations.Nullable;

/// Shows BouncyCastle's TLS as the engine that Jetty drives: records in, plaintext out, and back.
/// One call takes or makes one record of application data. For one thread at a time, as Jetty does
/// it.
final class CertificatelessEngine extends SSLEngine implements KeyedHandshake {
  private static final int RECORD_HEADER_BYTES = 5;

  private final CertificatelessServer server;
  private final SSLSession session;
  private final TlsServerProtocol protocol = new TlsServerProtocol();

  /// Whether [HandshakeStatus#FINISHED] has been said.
  private boolean finished;

  private boolean inboundClosed;

  CertificatelessEngine(CertificatelessServer server) {
    this.server = server;
    this.session = new CertificatelessSession(server, System.currentTimeMillis());
    try {
      protocol.accept(server);
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is read or written yet", e);
    }
  }

  @Override
  public Peer.Tls peer(String address) {
    return server.peer(address);
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length)
      throws SSLException {
    if (isInboundDone()) {
      return result(Status.CLOSED, 0, 0);
    }
    if (source.remaining() < RECORD_HEADER_BYTES) {
      return result(Status.BUFFER_UNDERFLOW, 0, 0);
    }
    byte[] header = new byte[RECORD_HEADER_BYTES];
    source.get(source.position(), header);
    try {
      RecordPreview preview = protocol.previewInputRecord(header);
      if (source.remaining() < preview.getRecordSize()) {
        return result(Status.BUFFER_UNDERFLOW, 0, 0);
      }
      if (remaining(targets, offset, length) < preview.getContentLimit()) {
        return result(Status.BUFFER_OVERFLOW, 0, 0);
      }
      byte[] record = new byte[preview.getRecordSize()];
      source.get(record);
      protocol.offerInput(record, 0, record.length);
      int produced = 0;
      for (ByteBuffer target : Arrays.asList(targets).subList(offset, offset + length)) {
        produced += protocol.readInput(target, target.remaining());
      }
      return result(protocol.isClosed() ? Status.CLOSED : Status.OK, record.length, produced);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target)
      throws SSLException {
    if (protocol.getAvailableOutputBytes() > 0) {
      return target.hasRemaining() ? written(0, target) : result(Status.BUFFER_OVERFLOW, 0, 0);
    }
    int available = remaining(sources, offset, length);
    if (protocol.isClosed() || !server.isEstablished() || available == 0) {
      return result(protocol.isClosed() ? Status.CLOSED : Status.OK, 0, 0);
    }
    try {
      RecordPreview preview = protocol.previewOutputRecord(available);
      if (target.remaining() < preview.getRecordSize()) {
        return result(Status.BUFFER_OVERFLOW, 0, 0);
      }
      byte[] plaintext = new byte[Math.min(available, preview.getContentLimit())];
      int taken = 0;
      for (ByteBuffer source : Arrays.asList(sources).subList(offset, offset + length)) {
        int part = Math.min(source.remaining(), plaintext.length - taken);
        source.get(plaintext, taken, part);
        taken += part;
      }
      protocol.writeApplicationData(plaintext, 0, taken);
      return written(taken, target);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private SSLEngineResult written(int consumed, ByteBuffer target) {
    int produced = protocol.readOutput(target, target.remaining());
    boolean last = protocol.isClosed() && protocol.getAvailableOutputBytes() == 0;
    return result(last ? Status.CLOSED : Status.OK, consumed, produced);
  }

  /// An alert may be waiting to go out.
  private SSLException failure(IOException e) {
    String message = String.valueOf(e.getMessage());
    SSLException failure =
        server.isEstablished() ? new SSLException(message) : new SSLHandshakeException(message);
    failure.initCause(e);
    return failure;
  }

  /// Says once, with the last byte of it, that the handshake is finished.
  private SSLEngineResult result(Status status, int consumed, int produced) {
    HandshakeStatus now = getHandshakeStatus();
    if (!finished && now == HandshakeStatus.NOT_HANDSHAKING && !protocol.isClosed()) {
      finished = true;
      now = HandshakeStatus.FINISHED;
    }
    return new SSLEngineResult(status, now, consumed, produced);
  }

  @Override
  public HandshakeStatus getHandshakeStatus() {
    if (protocol.getAvailableOutputBytes() > 0) {
      return HandshakeStatus.NEED_WRAP;
    }
    return server.isEstablished() || protocol.isClosed()
        ? HandshakeStatus.NOT_HANDSHAKING
        : HandshakeStatus.NEED_UNWRAP;
  }

  private static int remaining(ByteBuffer[] buffers, int offset, int length) {
    return Arrays.stream(buffers, offset, offset + length).mapToInt(ByteBuffer::remaining).sum();
  }

  /// The peer sends no more.
  ///
  /// @throws SSLException if it has not said so: what it sent may be cut short
  @Override
  public void closeInbound() throws SSLException {
    inboundClosed = true;
    try {
      protocol.closeInput();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public boolean isInboundDone() {
    return inboundClosed || protocol.isClosed();
  }

  /// Lets `close_notify` go out.
  @Override
  public void closeOutbound() {
    try {
      protocol.close();
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is written but into memory", e);
    }
  }

  @Override
  public boolean isOutboundDone() {
    return protocol.isClosed() && protocol.getAvailableOutputBytes() == 0;
  }

  @Override
  public SSLSession getSession() {
    return session;
  }

  @Override
  public @Nullable SSLSession getHandshakeSession() {
    return null;
  }

  @Override
  public @Nullable Runnable getDelegatedTask() {
    return null;
  }

  @Override
  public void beginHandshake() throws SSLException {
    if (server.isEstablished()) {
      throw new SSLException("there is no renegotiation");
    }
  }

  @Override
  public boolean getUseClientMode() {
    return false;
  }

  @Override
  public void setUseClientMode(boolean client) {
    if (client) {
      throw new IllegalArgumentException("this side is the server");
    }
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return Arrays.stream(Suite.values()).map(Suite::name).toArray(String[]::new);
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return getSupportedCipherSuites();
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {
    throw fixed();
  }

  @Override
  public String[] getSupportedProtocols() {
    return new String[] {"TLSv1.2", "TLSv1.3"};
  }

  @Override
  public String[] getEnabledProtocols() {
    return getSupportedProtocols();
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {
    throw fixed();
  }

  @Override
  public boolean getNeedClientAuth() {
    return false;
  }

  @Override
  public void setNeedClientAuth(boolean need) {
    throw fixed();
  }

  @Override
  public boolean getWantClientAuth() {
    return false;
  }

  @Override
  public void setWantClientAuth(boolean want) {
    throw fixed();
  }

  @Override
  public boolean getEnableSessionCreation() {
    return false;
  }

  @Override
  public void setEnableSessionCreation(boolean flag) {
    throw fixed();
  }

  private static UnsupportedOperationException fixed() {
    return new UnsupportedOperationException("what is negotiated is fixed");
  }
}
