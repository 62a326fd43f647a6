package dev.chancery.server.proxy;

import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.transport.ChannelBindings;
import dev.chancery.transport.ChannelBindings.ChannelBinding;
import dev.chancery.transport.Headers;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Reads what a proxy tells of its client. Byte sequences are those of structured fields (RFC 9651
/// section 3.3.5): Base64 between colons.
final class ForwardedFields {
  private static final int MAX_CHAIN = 10;

  /// The longest channel binding: tls-unique of any TLS and 32 bytes of tls-exporter fit.
  private static final int MAX_BINDING = 64;

  private final Headers headers;

  ForwardedFields(Headers headers) {
    this.headers = headers;
  }

  /// `Client-Cert` and behind it `Client-Cert-Chain` (RFC 9440 section 2); empty without the first.
  ///
  /// @throws MalformedException if they cannot be read, or the chain comes alone
  List<Certificate> clientCert() {
    Optional<String> leaf = single("Client-Cert");
    List<String> chain = members("Client-Cert-Chain");
    if (leaf.isEmpty()) {
      if (!chain.isEmpty()) {
        throw new MalformedException("Client-Cert-Chain comes without Client-Cert");
      }
      return List.of();
    }
    if (chain.size() > MAX_CHAIN) {
      throw new MalformedException("Client-Cert-Chain has more than " + MAX_CHAIN + " members");
    }
    List<Certificate> certificates = new ArrayList<>();
    certificates.add(Certificate.parse(byteSequence(leaf.get())));
    chain.forEach(member -> certificates.add(Certificate.parse(byteSequence(member))));
    return certificates;
  }

  /// `X-SSL-Client-Cert`: the PEM of the certificate, percent-encoded; empty if it is absent.
  ///
  /// @throws MalformedException if it cannot be read
  List<Certificate> escapedPem() {
    Optional<String> field = single("X-SSL-Client-Cert");
    if (field.isEmpty()) {
      return List.of();
    }
    List<Certificate> certificates;
    try {
      // A plus sign is one of Base64, not a blank of a form.
      certificates =
          Certificate.parsePem(
              URLDecoder.decode(field.get().replace("+", "%2B"), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("X-SSL-Client-Cert is not percent-encoded", e);
    }
    if (certificates.isEmpty() || certificates.size() > MAX_CHAIN) {
      throw new MalformedException(
          "X-SSL-Client-Cert holds " + certificates.size() + " certificates");
    }
    return certificates;
  }

  /// `Client-Channel-Binding`: a dictionary with the members `tls-unique` (RFC 5929) and
  /// `tls-exporter` (RFC 9266), both byte sequences. Whatever is not there is unavailable.
  ///
  /// @throws MalformedException if it cannot be read
  ChannelBindings channelBindings() {
    ChannelBinding unavailable = new ChannelBinding.Unavailable("the proxy did not forward it");
    ChannelBinding unique = unavailable;
    ChannelBinding exporter = unavailable;
    for (String member : members("Client-Channel-Binding")) {
      int equals = member.indexOf('=');
      String key = equals < 0 ? member : member.substring(0, equals);
      byte[] value = byteSequence(equals < 0 ? "" : member.substring(equals + 1));
      if (value.length == 0 || value.length > MAX_BINDING) {
        throw new MalformedException(
            "Client-Channel-Binding has a binding of " + value.length + " bytes");
      }
      switch (key) {
        case "tls-unique" -> unique = new ChannelBinding.Known(Der.of(value));
        case "tls-exporter" -> exporter = new ChannelBinding.Known(Der.of(value));
        default -> throw new MalformedException("Client-Channel-Binding has an unknown member");
      }
    }
    return new ChannelBindings(unique, exporter);
  }

  static ChannelBindings noBindings(String reason) {
    ChannelBinding none = new ChannelBinding.Unavailable(reason);
    return new ChannelBindings(none, none);
  }

  /// The last address of `X-Forwarded-For`, the only one that the proxy itself has written.
  ///
  /// @throws MalformedException if there is none
  String lastForwardedFor() {
    List<String> addresses = members("X-Forwarded-For");
    if (addresses.isEmpty()) {
      throw new MalformedException("the proxy sends no X-Forwarded-For");
    }
    return addresses.getLast();
  }

  private Optional<String> single(String name) {
    List<String> values = headers.all(name).stream().filter(value -> !value.isBlank()).toList();
    if (values.size() > 1) {
      throw new MalformedException(name + " comes more than once");
    }
    return values.stream().map(String::strip).findFirst();
  }

  private List<String> members(String name) {
    return headers.all(name).stream()
        .flatMap(value -> List.of(value.split(",", -1)).stream())
        .map(String::strip)
        .filter(member -> !member.isEmpty())
        .toList();
  }

  private static byte[] byteSequence(String item) {
    if (item.length() < 2 || !item.startsWith(":") || !item.endsWith(":")) {
      throw new MalformedException("a forwarded field is not Base64 between colons (RFC 9651)");
    }
    try {
      return Base64.getDecoder().decode(item.substring(1, item.length() - 1));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a forwarded field has wrong Base64", e);
    }
  }
}
