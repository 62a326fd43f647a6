package dev.chancery.server.tls.certificateless;

import java.security.Principal;
import java.security.cert.Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/// What JSSE's interface asks of a session. It is never resumed.
final class CertificatelessSession implements SSLSession {
  /// The longest record of TLS 1.2 (RFC 5246 §6.2.3); those of TLS 1.3 are shorter.
  static final int PACKET_BYTES = 5 + (1 << 14) + 2048;

  static final int APPLICATION_BYTES = 1 << 14;

  private final Map<String, Object> values = new ConcurrentHashMap<>();
  private final long created;
  private final CertificatelessServer server;

  CertificatelessSession(CertificatelessServer server, long created) {
    this.server = server;
    this.created = created;
  }

  @Override
  public byte[] getId() {
    return new byte[0];
  }

  @Override
  public @Nullable SSLSessionContext getSessionContext() {
    return null;
  }

  @Override
  public long getCreationTime() {
    return created;
  }

  @Override
  public long getLastAccessedTime() {
    return created;
  }

  @Override
  public void invalidate() {
    // Nothing is kept that could be used again.
  }

  @Override
  public boolean isValid() {
    return false;
  }

  @Override
  public void putValue(String name, Object value) {
    values.put(name, value);
  }

  @Override
  public @Nullable Object getValue(String name) {
    return values.get(name);
  }

  @Override
  public void removeValue(String name) {
    values.remove(name);
  }

  @Override
  public String[] getValueNames() {
    return values.keySet().toArray(String[]::new);
  }

  @Override
  public Certificate[] getPeerCertificates() throws SSLPeerUnverifiedException {
    throw new SSLPeerUnverifiedException("the peer has no certificate");
  }

  @Override
  public Certificate @Nullable [] getLocalCertificates() {
    return null;
  }

  @Override
  public Principal getPeerPrincipal() throws SSLPeerUnverifiedException {
    throw new SSLPeerUnverifiedException("the peer has no certificate");
  }

  @Override
  public @Nullable Principal getLocalPrincipal() {
    return null;
  }

  @Override
  public String getCipherSuite() {
    return server.cipherSuite().orElse("TLS_NULL_WITH_NULL_NULL");
  }

  @Override
  public String getProtocol() {
    return server.protocol().orElse("NONE");
  }

  @Override
  public @Nullable String getPeerHost() {
    return null;
  }

  @Override
  public int getPeerPort() {
    return -1;
  }

  @Override
  public int getPacketBufferSize() {
    return PACKET_BYTES;
  }

  @Override
  public int getApplicationBufferSize() {
    return APPLICATION_BYTES;
  }
}
