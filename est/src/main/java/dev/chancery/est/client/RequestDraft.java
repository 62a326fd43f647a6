package dev.chancery.est.client;

import dev.chancery.pki.certificate.CertificateExtension;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.CertificationRequestBuilder;
import dev.chancery.pki.request.ChangeSubjectNameForm;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;

/// Everything a request will say except what ties it to a connection.
///
/// @param names those that the request bears; with a change of names the old ones (RFC 6402 §2.8)
/// @param keyPair the key to be certified; signs the request and nothing else (EST-083)
/// @param extensions asked for beside the subject alternative names
/// @param newNames the names that the certificate shall have instead (EST-105)
/// @param linking whether the request is tied to its connection
public record RequestDraft(
    SubjectNames names,
    KeyPair keyPair,
    List<CertificateExtension> extensions,
    Optional<NameChange> newNames,
    Linking linking)
    implements RequestSource {
  /// Other names for the certificate than the requester has now.
  public record NameChange(SubjectNames names, ChangeSubjectNameForm form) {}

  public RequestDraft {
    extensions = List.copyOf(extensions);
  }

  /// A request for `names` and nothing more.
  public static RequestDraft of(SubjectNames names, KeyPair keyPair, Linking linking) {
    return new RequestDraft(names, keyPair, List.of(), Optional.empty(), linking);
  }

  @Override
  public CertificationRequest on(ChannelLink link) {
    CertificationRequestBuilder request = CertificationRequestBuilder.builder(names, keyPair);
    extensions.forEach(request::extension);
    newNames.ifPresent(change -> request.changeSubjectName(change.names(), change.form()));
    switch (linking) {
      case OFF -> {}
      case IF_POSSIBLE -> link.challengePassword().ifPresent(request::challengePassword);
      case REQUIRED -> request.challengePassword(link.demanded());
    }
    return request.build();
  }

  /// Keys stay out of logs.
  @Override
  public String toString() {
    return "RequestDraft[" + names + "]";
  }
}
