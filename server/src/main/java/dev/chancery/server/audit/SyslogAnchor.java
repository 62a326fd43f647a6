package dev.chancery.server.audit;

import dev.chancery.authority.audit.Checkpoint;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.server.configuration.Configuration.Syslog;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/// A syslog server, over UDP (RFC 5426), TCP with counted messages (RFC 6587 §3.4.1) or TLS (RFC
/// 5425). Each message has a connection of its own: there is one a minute at most. Thread-safe.
final class SyslogAnchor implements Anchor {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Syslog settings;

  SyslogAnchor(Syslog settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return "syslog " + settings.host() + ":" + settings.port();
  }

  @Override
  public void publish(Checkpoint checkpoint) throws IOException {
    byte[] message = SyslogMessage.of(checkpoint, ownName(), ProcessHandle.current().pid());
    switch (settings.transport()) {
      case UDP -> sendDatagram(message);
      case TCP -> {
        try (Socket socket = connect()) {
          send(socket, message);
        }
      }
      case TLS -> {
        try (Socket plain = connect();
            SSLSocket secure =
                (SSLSocket)
                    tls(settings.anchors())
                        .getSocketFactory()
                        .createSocket(plain, settings.host(), settings.port(), true)) {
          SSLParameters parameters = secure.getSSLParameters();
          parameters.setEndpointIdentificationAlgorithm("HTTPS");
          secure.setSSLParameters(parameters);
          secure.startHandshake();
          send(secure, message);
        }
      }
    }
  }

  private void sendDatagram(byte[] message) throws IOException {
    InetAddress address = InetAddress.getByName(settings.host());
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.send(new DatagramPacket(message, message.length, address, settings.port()));
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    try {
      socket.setSoTimeout((int) TIMEOUT.toMillis());
      socket.connect(
          new InetSocketAddress(settings.host(), settings.port()), (int) TIMEOUT.toMillis());
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void send(Socket socket, byte[] message) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write((message.length + " ").getBytes(StandardCharsets.US_ASCII));
    out.write(message);
    out.flush();
  }

  /// @param anchors empty for those of the machine
  private static SSLContext tls(List<Certificate> anchors) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      if (anchors.isEmpty()) {
        context.init(null, null, null);
        return context;
      }
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate anchor : anchors) {
        store.setCertificateEntry(anchor.sha256Hex(), anchor.toX509());
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS to the syslog server cannot be set up", e);
    }
  }

  private static String ownName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      // RFC 5424 §6.2.4: then a hyphen.
      return "";
    }
  }
}
