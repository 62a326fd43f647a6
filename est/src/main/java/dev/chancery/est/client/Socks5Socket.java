package dev.chancery.est.client;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/// A socket that connects through a SOCKS5 proxy (RFC 1928, RFC 1929). The platform's own takes the
/// login from a process-wide `Authenticator`, which a library must not set.
final class Socks5Socket extends Socket {
  private static final int VERSION = 5;
  private static final int NO_AUTHENTICATION = 0;
  private static final int USER_AND_PASSWORD = 2;
  private static final int CONNECT = 1;
  private static final int IP_V4 = 1;
  private static final int DOMAIN_NAME = 3;
  private static final int IP_V6 = 4;

  private final Proxy.Socks5 proxy;

  Socks5Socket(Proxy.Socks5 proxy) {
    this.proxy = proxy;
  }

  @Override
  public void connect(SocketAddress endpoint) throws IOException {
    connect(endpoint, 0);
  }

  /// Connects to the proxy, and through it to `endpoint`, which need not be resolved.
  @Override
  public void connect(SocketAddress endpoint, int timeoutMillis) throws IOException {
    if (!(endpoint instanceof InetSocketAddress server)) {
      throw new IOException("not an Internet address: " + endpoint);
    }
    super.connect(new InetSocketAddress(proxy.host(), proxy.port()), timeoutMillis);
    int before = getSoTimeout();
    setSoTimeout(timeoutMillis);
    try {
      DataInputStream in = new DataInputStream(getInputStream());
      OutputStream out = getOutputStream();
      authenticate(in, out);
      request(server, out);
      readReply(in);
    } catch (SocketTimeoutException e) {
      throw new SocketTimeoutException("the SOCKS proxy does not answer");
    }
    setSoTimeout(before);
  }

  private void authenticate(DataInputStream in, OutputStream out) throws IOException {
    int offered = proxy.login().isPresent() ? USER_AND_PASSWORD : NO_AUTHENTICATION;
    out.write(new byte[] {VERSION, 1, (byte) offered});
    if (in.readUnsignedByte() != VERSION) {
      throw new ProxyRefusedException("the proxy does not speak SOCKS5");
    }
    if (in.readUnsignedByte() != offered) {
      throw new ProxyRefusedException(
          proxy.login().isPresent()
              ? "the SOCKS proxy does not take a user name and password"
              : "the SOCKS proxy wants a login");
    }
    if (proxy.login().isPresent()) {
      byte[] user = proxy.login().get().user().getBytes(StandardCharsets.UTF_8);
      byte[] password = proxy.login().get().password().getBytes(StandardCharsets.UTF_8);
      byte[] message = new byte[3 + user.length + password.length];
      message[0] = 1;
      message[1] = (byte) user.length;
      System.arraycopy(user, 0, message, 2, user.length);
      message[2 + user.length] = (byte) password.length;
      System.arraycopy(password, 0, message, 3 + user.length, password.length);
      out.write(message);
      in.readUnsignedByte();
      if (in.readUnsignedByte() != 0) {
        throw new ProxyRefusedException("the SOCKS proxy does not accept the login");
      }
    }
  }

  private static void request(InetSocketAddress server, OutputStream out) throws IOException {
    InetAddress resolved = server.getAddress();
    byte[] address =
        resolved == null
            ? server.getHostString().getBytes(StandardCharsets.US_ASCII)
            : resolved.getAddress();
    int type = resolved == null ? DOMAIN_NAME : address.length == 4 ? IP_V4 : IP_V6;
    if (address.length > 255) {
      throw new IOException("the server's name is too long for SOCKS5");
    }
    int at = resolved == null ? 5 : 4;
    byte[] message = new byte[at + address.length + 2];
    message[0] = VERSION;
    message[1] = CONNECT;
    message[3] = (byte) type;
    if (resolved == null) {
      message[4] = (byte) address.length;
    }
    System.arraycopy(address, 0, message, at, address.length);
    message[message.length - 2] = (byte) (server.getPort() >> 8);
    message[message.length - 1] = (byte) server.getPort();
    out.write(message);
  }

  private static void readReply(DataInputStream in) throws IOException {
    in.readUnsignedByte();
    int reply = in.readUnsignedByte();
    if (reply != 0) {
      throw new ProxyRefusedException("the SOCKS proxy answers with error " + reply);
    }
    in.readUnsignedByte();
    int length =
        switch (in.readUnsignedByte()) {
          case IP_V4 -> 4;
          case IP_V6 -> 16;
          case DOMAIN_NAME -> in.readUnsignedByte();
          default -> throw new ProxyRefusedException("the proxy does not speak SOCKS5");
        };
    in.readFully(new byte[length + 2]);
  }
}
