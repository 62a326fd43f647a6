package dev.chancery.authority.credential;

import dev.chancery.pki.MalformedException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/// A network by address and prefix length, such as `10.1.0.0/16` or `2001:db8::/32`. An address
/// alone is a network of one.
///
/// @param text as it was written, without blanks
public record Network(String text) {
  private static final Pattern V4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern LENGTH = Pattern.compile("\\d{1,3}");

  /// Checks it.
  ///
  /// @throws MalformedException if it is none, or has bits set behind the prefix
  public Network {
    Optional<byte[]> address = octets(addressOf(text));
    int prefix = address.isPresent() ? prefixOf(text, 8 * address.get().length) : -1;
    if (prefix < 0) {
      throw new MalformedException(
          "\"" + text + "\" is no network such as 10.1.0.0/16 or 2001:db8::/32");
    }
    for (int bit = prefix; bit < 8 * address.orElseThrow().length; bit++) {
      if (isSet(address.get(), bit)) {
        throw new MalformedException(
            "\"" + text + "\" is an address inside a network, and not the network's own");
      }
    }
  }

  /// True if the address is inside; false for what is no numeric address.
  ///
  /// @param address IPv4 or IPv6, as [dev.chancery.authority.Attempt#address()] has it; a zone
  ///   behind `%` does not count
  public boolean contains(String address) {
    int zone = address.indexOf('%');
    Optional<byte[]> octets = octets(zone < 0 ? address : address.substring(0, zone));
    byte[] own = octets(addressOf(text)).orElseThrow();
    if (octets.isEmpty() || octets.get().length != own.length) {
      return false;
    }
    int prefix = prefixOf(text, 8 * own.length);
    for (int bit = 0; bit < prefix; bit++) {
      if (isSet(own, bit) != isSet(octets.get(), bit)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSet(byte[] octets, int bit) {
    return (octets[bit / 8] >> (7 - bit % 8) & 1) == 1;
  }

  private static String addressOf(String text) {
    int slash = text.indexOf('/');
    return slash < 0 ? text : text.substring(0, slash);
  }

  /// Negative if it is none.
  private static int prefixOf(String text, int bits) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return bits;
    }
    String length = text.substring(slash + 1);
    if (!LENGTH.matcher(length).matches()) {
      return -1;
    }
    int prefix = Integer.parseInt(length);
    return prefix <= bits ? prefix : -1;
  }

  /// Of a numeric address; names are not looked up. An IPv4 address in IPv6's form is the IPv4 one.
  private static Optional<byte[]> octets(String address) {
    if (!V4.matcher(address).matches() && !V6.matcher(address).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(address).getAddress());
    } catch (UnknownHostException noAddress) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
