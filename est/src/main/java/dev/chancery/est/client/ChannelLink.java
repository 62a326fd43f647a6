package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/// What ties a request to the TLS connection that will carry it (RFC 7030 §3.5), known once the
/// handshake is done: tls-exporter on TLS 1.3 (RFC 9266, EST-244), tls-unique on TLS 1.2 (RFC
/// 5929).
///
/// The JDK's TLS exports keying material from JDK 25 on and has no tls-unique. Conscrypt, if the
/// client was given it as its TLS provider, has both.
public final class ChannelLink {
  private static final String EXPORTER_LABEL = "EXPORTER-Channel-Binding";
  private static final int EXPORTER_BYTES = 32;

  private final Optional<String> challengePassword;
  private final String reason;

  private ChannelLink(Optional<String> challengePassword, String reason) {
    this.challengePassword = challengePassword;
    this.reason = reason;
  }

  static ChannelLink of(SSLSocket socket) {
    try {
      SSLSession session = socket.getSession();
      Optional<byte[]> binding =
          switch (session.getProtocol()) {
            case "TLSv1.3" -> exporter(socket, session);
            case "TLSv1.2" ->
                isConscrypt(socket)
                    ? Optional.ofNullable(ConscryptBindings.tlsUnique(socket))
                    : Optional.empty();
            default -> Optional.empty();
          };
      return binding
          .map(bytes -> known(Base64.getEncoder().encodeToString(bytes)))
          .orElseGet(() ->
              unknown(
                  session.getProtocol().equals("TLSv1.3")
                      ? "this Java platform exports no keying material (JDK 25 does)"
                      : "this TLS stack has no tls-unique for " + session.getProtocol()));
    } catch (SSLException e) {
      return unknown("the TLS stack does not give the binding: " + e.getMessage());
    }
  }

  private static ChannelLink known(String base64) {
    return new ChannelLink(Optional.of(base64), "");
  }

  private static ChannelLink unknown(String reason) {
    return new ChannelLink(Optional.empty(), reason);
  }

  private static Optional<byte[]> exporter(SSLSocket socket, SSLSession session)
      throws SSLException {
    if (isConscrypt(socket)) {
      return Optional.of(
          ConscryptBindings.exporter(socket, EXPORTER_LABEL, new byte[0], EXPORTER_BYTES));
    }
    return PlatformExporter.METHOD.isPresent() && session instanceof ExtendedSSLSession extended
        ? Optional.of(PlatformExporter.export(extended))
        : Optional.empty();
  }

  /// By name, since Conscrypt need not be there.
  private static boolean isConscrypt(SSLSocket socket) {
    return socket.getClass().getName().startsWith("org.conscrypt.");
  }

  /// The challengePassword of a request on this connection: the binding in Base64, in one piece.
  /// Empty if the TLS stack cannot tell it.
  public Optional<String> challengePassword() {
    return challengePassword;
  }

  /// The same where the request must be linked.
  ///
  /// @throws EstClientException.Unable saying why the TLS stack cannot tell it
  public String demanded() {
    return challengePassword.orElseThrow(() ->
        new EstClientException.Unable(
            Code.BINDING_UNAVAILABLE,
            "the request has to be linked to the TLS connection, but " + reason));
  }

  /// `exportKeyingMaterialData` came with JDK 25; this module runs on older ones too.
  private static final class PlatformExporter {
    private static final Optional<MethodHandle> METHOD = find();

    private static Optional<MethodHandle> find() {
      try {
        return Optional.of(
            MethodHandles.publicLookup()
                .findVirtual(
                    ExtendedSSLSession.class,
                    "exportKeyingMaterialData",
                    MethodType.methodType(byte[].class, String.class, byte[].class, int.class)));
      } catch (NoSuchMethodException | IllegalAccessException olderPlatform) {
        return Optional.empty();
      }
    }

    private static byte[] export(ExtendedSSLSession session) throws SSLException {
      try {
        return (byte[])
            METHOD.orElseThrow().invokeExact(session, EXPORTER_LABEL, new byte[0], EXPORTER_BYTES);
      } catch (SSLException | RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new SSLException("keying material cannot be exported", e);
      }
    }
  }
}
