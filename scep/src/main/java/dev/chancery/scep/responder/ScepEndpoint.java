package dev.chancery.scep.responder;

import dev.chancery.authority.endpoint.Endpoint;
import dev.chancery.authority.endpoint.NameSpace;
import dev.chancery.authority.requester.SharedSecret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An endpoint with what is peculiar to SCEP's wire.
///
/// @param endpoint its protocol is `scep`; its label is empty or one path segment
/// @param options what it does beside the plain protocol
/// @param ecReply how a reply is encrypted for a key that cannot be encrypted to with RSA
/// @param extraCapabilities further lines of GetCACaps, for clients with a broken table of keywords
///   (SCEP-024)
/// @param signingTimeWindow how far the time at which a message says it was signed may be from now,
///   into the past and into the future; empty if that does not matter (SCEP-078)
/// @param challenges who says whether a challenge password is good
/// @param registration the certificates of its registration authority
public record ScepEndpoint(
    Endpoint endpoint,
    AlgorithmPolicy algorithms,
    Set<Option> options,
    EcReply ecReply,
    List<String> extraCapabilities,
    Optional<Duration> signingTimeWindow,
    Challenges challenges,
    Registration registration) {
  /// The certificates with which an endpoint opens messages and signs replies.
  ///
  /// @param overlap how long a key that has been replaced goes on opening messages; empty for until
  ///   its certificate ends, which is the longest (SCEP-154)
  public record Registration(Form form, Optional<Duration> overlap) {
    /// One certificate for both, or one for each.
    public enum Form {
      ONE,
      /// As Microsoft's NDES has them (SCEP-152).
      SPLIT
    }
  }

  /// Who says whether a challenge password is good.
  public sealed interface Challenges {
    /// The ledger: challenges are credentials.
    ///
    /// @param shared one that all devices share, if the operator asked for it by name
    record Credentials(Optional<SharedSecret> shared) implements Challenges {}

    /// A party outside, and nobody else: no credential is a challenge here.
    ///
    /// @param names what may be asked for, whatever that party allows
    record Decided(NameSpace names) implements Challenges {}
  }

  /// What an endpoint does beside the plain protocol.
  public enum Option {
    /// A PKCSReq that is signed with a certificate of this endpoint is a renewal (SCEP-094).
    RENEWAL_BY_PKCS_REQ,
    /// GetCert is answered.
    GET_CERT,
    /// The root stands last in GetCACert's bundle (SCEP-033).
    ROOT_IN_BUNDLE,
    /// The issuer's certificate stands behind the new one in replies (SCEP-120).
    CA_IN_REPLY,
    /// A reply without envelope has no content, instead of an empty one (SCEP-056).
    ABSENT_CONTENT,
    /// It answers where Microsoft's NDES does, and takes the passwords of NDES's form.
    NDES
  }

  /// How a reply reaches a requester whose key is EC (SCEP-142 to SCEP-144).
  public enum EcReply {
    /// By the challenge password, if there is one, and by key agreement.
    PASSWORD_AND_KEY_AGREEMENT,
    PASSWORD,
    KEY_AGREEMENT,
    /// Not at all.
    REJECT;

    /// Whether replies may be encrypted with the challenge password.
    public boolean usesPassword() {
      return this == PASSWORD || this == PASSWORD_AND_KEY_AGREEMENT;
    }
  }

  /// What clients append to the URL that they are given (SCEP-002).
  private static final List<String> TAILS =
      List.of("", "/", "/pkiclient.exe", "/cgi-bin/pkiclient.exe", "/mscep.dll/pkiclient.exe");

  private static final String ROOT = "/scep";

  /// Where NDES answers (SCEP-195).
  static final String NDES_ROOT = "/certsrv/mscep";

  private static final List<String> NDES_TAILS =
      List.of("", "/", "/pkiclient.exe", "/mscep.dll", "/mscep.dll/pkiclient.exe");

  /// Where clients look that know no path at all.
  private static final String DEFAULT_PATH = "/cgi-bin/pkiclient.exe";

  /// Takes SCEP endpoints only.
  public ScepEndpoint {
    options = Set.copyOf(options);
    extraCapabilities = List.copyOf(extraCapabilities);
    if (!endpoint.protocol().equals("scep")) {
      throw new IllegalArgumentException(endpoint.name() + " is not a SCEP endpoint");
    }
  }

  /// The challenge password that all devices share, if there is one.
  public Optional<SharedSecret> sharedSecret() {
    return challenges instanceof Challenges.Credentials(Optional<SharedSecret> shared)
        ? shared
        : Optional.empty();
  }

  /// True if it does.
  public boolean does(Option option) {
    return options.contains(option);
  }

  /// The URL's path that clients are given.
  public String path() {
    return endpoint.label().isEmpty() ? ROOT : ROOT + "/" + endpoint.label();
  }

  /// Every path under which the endpoint answers.
  List<String> paths() {
    List<String> paths = new ArrayList<>();
    TAILS.forEach(tail -> paths.add(path() + tail));
    if (endpoint.label().isEmpty()) {
      paths.add(DEFAULT_PATH);
    }
    if (does(Option.NDES)) {
      NDES_TAILS.forEach(tail -> paths.add(NDES_ROOT + tail));
    }
    return paths;
  }
}
