package dev.chancery.pki.name;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.Locale;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;

/// One name of a subject alternative name (RFC 5280 §4.2.1.6), compared by value: `dNSName` and the
/// host of an address without regard to case. The text form is `dns:host`, `ip:10.0.0.1`,
/// `email:a@b`, `uri:urn:x`, `dir:CN=x`, `rid:1.2.3` or `other:OID;hex of the value's DER`.
public sealed interface GeneralName {
  /// A host name, lower case, perhaps with `*` as its whole left-most label.
  record DnsName(String host) implements GeneralName {
    public DnsName {
      if (host.length() > 253 || !isHostName(host)) {
        throw new MalformedException("a dNSName is not a host name");
      }
      host = host.toLowerCase(Locale.ROOT);
    }

    /// Labels of at most 63 letters, digits, hyphens and underscores, without a hyphen at either
    /// end; the first may be `*` if others follow.
    private static boolean isHostName(String host) {
      int start = host.startsWith("*.") ? 2 : 0;
      for (int i = start; i <= host.length(); i++) {
        if (i == host.length() || host.charAt(i) == '.') {
          int length = i - start;
          if (length < 1 || length > 63 || host.charAt(start) == '-' || host.charAt(i - 1) == '-') {
            return false;
          }
          start = i + 1;
        } else if (!isLabelCharacter(host.charAt(i))) {
          return false;
        }
      }
      return true;
    }

    private static boolean isLabelCharacter(char c) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '-'
          || c == '_';
    }

    @Override
    public String toString() {
      return "dns:" + host;
    }
  }

  /// An IPv4 or IPv6 address in its usual text form.
  record IpAddress(String address) implements GeneralName {
    public IpAddress {
      address = text(octets(address));
    }

    /// 4 or 16 octets.
    public byte[] octets() {
      return octets(address);
    }

    private static byte[] octets(String address) {
      if (!org.bouncycastle.util.IPAddress.isValid(address)) {
        throw new MalformedException("an iPAddress is not an IPv4 or IPv6 address");
      }
      try {
        // A literal, checked above: nothing is looked up.
        return InetAddress.getByName(address).getAddress();
      } catch (UnknownHostException e) {
        throw new MalformedException("an iPAddress is not an IPv4 or IPv6 address", e);
      }
    }

    static String text(byte[] octets) {
      try {
        return InetAddress.getByAddress(octets).getHostAddress();
      } catch (UnknownHostException e) {
        throw new MalformedException("an iPAddress has neither 4 nor 16 octets", e);
      }
    }

    @Override
    public String toString() {
      return "ip:" + address;
    }
  }

  /// A mailbox (`rfc822Name`).
  record EmailAddress(String address) implements GeneralName {
    public EmailAddress {
      int at = address.lastIndexOf('@');
      if (at < 1
          || at != address.indexOf('@')
          || at == address.length() - 1
          || address.length() > 254) {
        throw new MalformedException("an rfc822Name is not a mailbox");
      }
      visibleAscii(address, "an rfc822Name");
      address = address.substring(0, at) + address.substring(at).toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return "email:" + address;
    }
  }

  /// A URI, compared octet by octet.
  record Uri(String uri) implements GeneralName {
    public Uri {
      visibleAscii(uri, "a uniformResourceIdentifier");
      if (uri.length() > 2048 || !uri.matches("[A-Za-z][A-Za-z0-9+.-]*:.+")) {
        throw new MalformedException("a uniformResourceIdentifier is not an absolute URI");
      }
    }

    @Override
    public String toString() {
      return "uri:" + uri;
    }
  }

  /// A distinguished name.
  record DirectoryName(DistinguishedName name) implements GeneralName {
    @Override
    public String toString() {
      return "dir:" + name;
    }
  }

  /// A registered OID.
  record RegisteredId(String oid) implements GeneralName {
    public RegisteredId {
      if (ASN1ObjectIdentifier.tryFromID(oid) == null) {
        throw new MalformedException("a registeredID is not an OID");
      }
    }

    @Override
    public String toString() {
      return "rid:" + oid;
    }
  }

  /// A name of a type known by OID, such as a user principal name.
  record OtherName(String oid, Der value) implements GeneralName {
    private static final int MAX_VALUE_BYTES = 4096;

    public OtherName {
      if (ASN1ObjectIdentifier.tryFromID(oid) == null) {
        throw new MalformedException("an otherName's type is not an OID");
      }
      ASN1Primitive parsed =
          DerLimits.parse(value.toByteArray(), MAX_VALUE_BYTES, "otherName's value");
      try {
        // In one form: some parsers take a TRUE that is not 0xFF.
        value = Der.of(parsed.getEncoded(ASN1Encoding.DER));
      } catch (IOException e) {
        throw new MalformedException("an otherName's value cannot be encoded", e);
      }
    }

    @Override
    public String toString() {
      return "other:" + oid + ";" + HexFormat.of().formatHex(value.toByteArray());
    }
  }

  /// Reads the text form.
  ///
  /// @throws MalformedException if the kind is unknown or the value does not fit it
  static GeneralName parse(String text) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? "" : text.substring(0, colon).toLowerCase(Locale.ROOT);
    String value = text.substring(colon + 1).strip();
    return switch (kind) {
      case "dns" -> new DnsName(value);
      case "ip" -> new IpAddress(value);
      case "email" -> new EmailAddress(value);
      case "uri" -> new Uri(value);
      // Not stripped: the last space of a name may be an escaped one.
      case "dir" -> new DirectoryName(DistinguishedName.parse(text.substring(colon + 1)));
      case "rid" -> new RegisteredId(value);
      case "other" -> {
        int semicolon = value.indexOf(';');
        if (semicolon < 0) {
          throw new MalformedException("an other name is written other:OID;hex");
        }
        try {
          yield new OtherName(
              value.substring(0, semicolon),
              Der.of(HexFormat.of().parseHex(value.substring(semicolon + 1))));
        } catch (IllegalArgumentException e) {
          throw new MalformedException("an other name is written other:OID;hex", e);
        }
      }
      default ->
          throw new MalformedException(
              "a subject alternative name starts with dns:, ip:, email:, uri:, dir:, rid: or other:");
    };
  }

  /// Reads the ASN.1 form.
  ///
  /// @throws MalformedException for x400Address and ediPartyName, and for values outside their
  ///   syntax
  static GeneralName of(org.bouncycastle.asn1.x509.GeneralName name) {
    return switch (name.getTagNo()) {
      case org.bouncycastle.asn1.x509.GeneralName.dNSName ->
          new DnsName(ASN1IA5String.getInstance(name.getName()).getString());
      case org.bouncycastle.asn1.x509.GeneralName.iPAddress ->
          new IpAddress(IpAddress.text(ASN1OctetString.getInstance(name.getName()).getOctets()));
      case org.bouncycastle.asn1.x509.GeneralName.rfc822Name ->
          new EmailAddress(ASN1IA5String.getInstance(name.getName()).getString());
      case org.bouncycastle.asn1.x509.GeneralName.uniformResourceIdentifier ->
          new Uri(ASN1IA5String.getInstance(name.getName()).getString());
      case org.bouncycastle.asn1.x509.GeneralName.directoryName ->
          new DirectoryName(DistinguishedName.of(X500Name.getInstance(name.getName())));
      case org.bouncycastle.asn1.x509.GeneralName.registeredID ->
          new RegisteredId(ASN1ObjectIdentifier.getInstance(name.getName()).getId());
      case org.bouncycastle.asn1.x509.GeneralName.otherName -> {
        var other = org.bouncycastle.asn1.x509.OtherName.getInstance(name.getName());
        try {
          yield new OtherName(
              other.getTypeID().getId(),
              Der.of(other.getValue().toASN1Primitive().getEncoded(ASN1Encoding.DER)));
        } catch (IOException e) {
          throw new MalformedException("an otherName cannot be encoded", e);
        }
      }
      default ->
          throw new MalformedException(
              "a subject alternative name is of a kind that is not supported (x400Address, ediPartyName)");
    };
  }

  /// The ASN.1 form, for building certificates.
  default org.bouncycastle.asn1.x509.GeneralName toAsn1() {
    return switch (this) {
      case DnsName dns ->
          new org.bouncycastle.asn1.x509.GeneralName(
              org.bouncycastle.asn1.x509.GeneralName.dNSName, new DERIA5String(dns.host()));
      case IpAddress ip ->
          new org.bouncycastle.asn1.x509.GeneralName(
              org.bouncycastle.asn1.x509.GeneralName.iPAddress, new DEROctetString(ip.octets()));
      case EmailAddress email ->
          new org.bouncycastle.asn1.x509.GeneralName(
              org.bouncycastle.asn1.x509.GeneralName.rfc822Name, new DERIA5String(email.address()));
      case Uri uri ->
          new org.bouncycastle.asn1.x509.GeneralName(
              org.bouncycastle.asn1.x509.GeneralName.uniformResourceIdentifier,
              new DERIA5String(uri.uri()));
      case DirectoryName directory ->
          new org.bouncycastle.asn1.x509.GeneralName(directory.name().toX500Name());
      case RegisteredId id ->
          new org.bouncycastle.asn1.x509.GeneralName(
              org.bouncycastle.asn1.x509.GeneralName.registeredID,
              new ASN1ObjectIdentifier(id.oid()));
      case OtherName other -> {
        try {
          yield new org.bouncycastle.asn1.x509.GeneralName(
              org.bouncycastle.asn1.x509.GeneralName.otherName,
              new org.bouncycastle.asn1.x509.OtherName(
                  new ASN1ObjectIdentifier(other.oid()),
                  ASN1Primitive.fromByteArray(other.value().toByteArray())));
        } catch (IOException e) {
          throw new MalformedException("an otherName's value is not DER", e);
        }
      }
    };
  }

  private static void visibleAscii(String text, String what) {
    if (!text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw new MalformedException(what + " contains characters that are not visible ASCII");
    }
  }
}
