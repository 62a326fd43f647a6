package dev.chancery.est.client;

import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.RequestAttribute;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;

/// What a request will say, decided before there is a key: what the requester wants and what the
/// server demands, brought together.
///
/// @param names those that the request bears
/// @param keyType the kind of key to make
/// @param extensions beside the names, or with them if the server demands a certain form
/// @param attributes as the server demands them
/// @param linkDemanded true if the server demands a request that is linked to its connection
/// @param notes wishes of the server that are not met, and need not be, in plain words
public record RequestPlan(
    SubjectNames names,
    KeyType keyType,
    List<CertificateExtension> extensions,
    List<RequestAttribute.Unrecognized> attributes,
    boolean linkDemanded,
    List<String> notes) {
  /// The kind of key where neither side cares.
  public static final KeyType DEFAULT_KEY_TYPE = KeyType.P_256;

  public RequestPlan {
    extensions = List.copyOf(extensions);
    attributes = List.copyOf(attributes);
    notes = List.copyOf(notes);
  }

  /// What the requester wants, and nothing of the server's.
  public static RequestPlan of(SubjectNames names, Optional<KeyType> keyType) {
    return new RequestPlan(
        names, keyType.orElse(DEFAULT_KEY_TYPE), List.of(), List.of(), false, List.of());
  }

  /// Follows a csrattrs answer: the template and nothing else if there is one (RFC 9908 §4), the
  /// older elements otherwise.
  ///
  /// @param keyType the kind of key that the requester insists on
  /// @throws EstClientException.Unable listing everything that the server demands and nobody has
  ///   provided (EST-199)
  public static RequestPlan following(
      CsrAttributes attributes, SubjectNames names, Optional<KeyType> keyType) {
    return CsrAttributesFollowed.plan(attributes, names, keyType);
  }

  /// The request itself, once there is a key.
  ///
  /// @param keyPair of [#keyType]
  /// @param newNames other names for the certificate than `names`
  public RequestDraft draft(
      KeyPair keyPair, Optional<RequestDraft.NameChange> newNames, Linking linking) {
    return new RequestDraft(names, keyPair, extensions, attributes, newNames, linking);
  }
}
