package dev.chancery.agent;

import dev.chancery.agent.enrollment.Answer;
import dev.chancery.agent.enrollment.Enroller;
import dev.chancery.agent.enrollment.FailedException;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.enrollment.Proof;
import dev.chancery.est.client.Fingerprint;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.key.SubjectPublicKeyInfo;
import dev.chancery.pki.name.SubjectNames;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A server without a network. It issues what it is asked for, until a test tells it to do
/// something else, such as send what no client would let pass.
final class TestEnroller implements Enroller {
  static final Duration LIFETIME = Duration.ofDays(90);
  static final SubjectNames ENTITLED = SubjectNames.parse("CN=web", List.of("dns:web.example"));

  /// What it was asked.
  record Asked(String operation, String proof, SubjectPublicKeyInfo key, SubjectNames names) {}

  /// Says something else than a certificate would.
  @FunctionalInterface
  interface Response {
    Answer to(SubjectPublicKeyInfo key, SubjectNames names);
  }

  private final Clock clock;
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private volatile TestCa ca;
  private volatile List<Certificate> published;
  private volatile @Nullable Response response;
  private volatile boolean refusesRenewals;

  TestEnroller(TestCa ca, Clock clock) {
    this.ca = ca;
    this.published = List.of(ca.certificate());
    this.clock = clock;
  }

  List<Asked> asked() {
    return asked;
  }

  void answer(@Nullable Response other) {
    this.response = other;
  }

  void refuseRenewals() {
    this.refusesRenewals = true;
  }

  /// Issues by another CA from now on.
  void become(TestCa other, List<Certificate> nowPublished) {
    this.ca = other;
    this.published = nowPublished;
  }

  Certificate issue(SubjectPublicKeyInfo key, SubjectNames names) {
    return ca.issue(
        names.isEmpty() ? ENTITLED : names, key, clock.instant(), clock.instant().plus(LIFETIME));
  }

  @Override
  public TrustAnchors bootstrap(Fingerprint pinned) {
    Certificate anchor =
        published.stream()
            .filter(certificate -> Fingerprint.of(certificate).equals(pinned))
            .findFirst()
            .orElseThrow(() -> new FailedException(Failure.Code.UNTRUSTED, "no such fingerprint"));
    return new TrustAnchors("explicit", List.of(anchor), List.of());
  }

  @Override
  public List<Certificate> caCertificates(TrustAnchors anchors) {
    return published;
  }

  @Override
  public Answer enroll(TrustAnchors anchors, Proof proof, KeyPair key, SubjectNames names) {
    return answer("enroll", proof, key, names);
  }

  @Override
  public Answer renew(TrustAnchors anchors, Proof.Holder holder, KeyPair key, SubjectNames names) {
    Answer answer = answer("renew", holder, key, names);
    return refusesRenewals ? new Answer.Refused("no renewals here", Optional.empty()) : answer;
  }

  @Override
  public Answer pollEnrollment(TrustAnchors anchors, Proof proof, KeyPair key, SubjectNames names) {
    return answer("poll", proof, key, names);
  }

  private Answer answer(String operation, Proof proof, KeyPair key, SubjectNames names) {
    SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.of(key.getPublic());
    asked.add(
        new Asked(
            operation,
            switch (proof) {
              case Proof.Credential credential -> credential.id() + ":" + credential.secret();
              case Proof.Holder holder -> holder.chain().getFirst().serialNumber().toString();
            },
            publicKey,
            names));
    Response told = response;
    return told == null
        ? new Answer.Issued(issue(publicKey, names), List.of())
        : told.to(publicKey, names);
  }
}
