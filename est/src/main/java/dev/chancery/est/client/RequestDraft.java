package dev.chancery.est.client;

import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ChangeSubjectNameForm;
import dev.chancery.pki.request.RequestAttribute;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;

/// Everything a request will say except what ties it to a connection.
///
/// @param names those that the request bears; with a change of names the old ones (RFC 6402 §2.8)
/// @param keyPair the key to be certified; signs the request and nothing else (EST-083)
/// @param extensions asked for; a subjectAltName among them stands in for the names'
/// @param attributes sent as they are
/// @param newNames the names that the certificate shall have instead (EST-105)
/// @param linking whether the request is tied to its connection
public record RequestDraft(
    SubjectNames names,
    KeyPair keyPair,
    List<CertificateExtension> extensions,
    List<RequestAttribute.Unrecognized> attributes,
    Optional<NameChange> newNames,
    Linking linking)
    implements RequestSource {
  private static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

  /// Other names for the certificate than the requester has now.
  public record NameChange(SubjectNames names, ChangeSubjectNameForm form) {}

  public RequestDraft {
    extensions = List.copyOf(extensions);
    attributes = List.copyOf(attributes);
  }

  /// A request for `names` and nothing more.
  public static RequestDraft of(SubjectNames names, KeyPair keyPair, Linking linking) {
    return new RequestDraft(names, keyPair, List.of(), List.of(), Optional.empty(), linking);
  }

  @Override
  public CertificationRequest on(ChannelLink link) {
    CertificationRequestBuilder request = builder();
    switch (linking) {
      case OFF -> {}
      case IF_POSSIBLE -> link.challengePassword().ifPresent(request::challengePassword);
      case REQUIRED -> request.challengePassword(link.demanded());
    }
    return request.build();
  }

  /// The request without any tie to a connection, such as for a person to look at.
  public CertificationRequest unlinked() {
    return builder().build();
  }

  private CertificationRequestBuilder builder() {
    boolean namesAmongExtensions =
        extensions.stream().anyMatch(extension -> extension.oid().equals(SUBJECT_ALTERNATIVE_NAME));
    CertificationRequestBuilder request =
        CertificationRequestBuilder.builder(
            namesAmongExtensions ? new SubjectNames(names.subject(), List.of()) : names, keyPair);
    extensions.forEach(request::extension);
    attributes.forEach(request::attribute);
    newNames.ifPresent(change -> request.changeSubjectName(change.names(), change.form()));
    return request;
  }

  /// Keys stay out of logs.
  @Override
  public String toString() {
    return "RequestDraft[" + names + "]";
  }
}
