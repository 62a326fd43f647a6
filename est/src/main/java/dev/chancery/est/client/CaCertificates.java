package dev.chancery.est.client;

import dev.chancery.est.client.EstClientException.Code;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.PathInvalidException;
import dev.chancery.pki.certificate.TrustAnchors;
import dev.chancery.pki.certificate.ValidatedPath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What to believe of a cacerts answer (RFC 7030 §4.1.3). Nothing is believed for being in the
/// message (RFC 5272 §4.1): a root counts if it is an anchor already, or if a certificate that an
/// anchor vouches for says that its key is the CA's new one (NewWithOld, RFC 4210 §4.4).
///
/// @param received everything that was in the message
/// @param now when that was
record CaCertificates(List<Certificate> received, Instant now) {
  /// anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  CaCertificates {
    received = List.copyOf(received);
  }

  /// Those that chain to an anchor, the anchors themselves, and roots that one of the former
  /// certifies: a client hears of a new root while the old one is still in use.
  List<Certificate> believed(TrustAnchors anchors) {
    List<Certificate> roots = roots();
    return received.stream()
        .filter(Certificate::isCa)
        .filter(certificate ->
            anchors.anchors().contains(certificate)
                || chains(certificate, anchors)
                || (roots.contains(certificate) && isLinked(certificate, anchors)))
        .toList();
  }

  /// The explicit database after this answer: the newest root that can be believed (the latest
  /// notAfter), then the anchors so far that are still valid, and the certificates that chain to
  /// any of them. Implicit anchors are not in it (EST-065).
  ///
  /// @throws EstClientException.Untrusted if nothing in the message can be believed
  TrustAnchors adopted(TrustAnchors current) {
    Set<Certificate> anchors = new LinkedHashSet<>();
    if (EstClient.areExplicit(current)) {
      newestLinked(current).ifPresent(anchors::add);
      current.anchors().stream()
          .filter(anchor -> !now.isAfter(anchor.notAfter()))
          .forEach(anchors::add);
    } else {
      anchors.add(onlyRoot());
    }
    TrustAnchors adopted = new TrustAnchors(EstClient.EXPLICIT, List.copyOf(anchors), List.of());
    List<Certificate> believed = believed(adopted);
    if (believed.isEmpty()) {
      throw untrusted("none of the CA certificates that came chains to an anchor");
    }
    return new TrustAnchors(
        EstClient.EXPLICIT,
        adopted.anchors(),
        believed.stream().filter(certificate -> !anchors.contains(certificate)).toList());
  }

  private Optional<Certificate> newestLinked(TrustAnchors current) {
    return roots().stream()
        .filter(root -> current.anchors().contains(root) || isLinked(root, current))
        .findFirst();
  }

  /// True if a certificate for the root's name and key chains to an anchor.
  private boolean isLinked(Certificate root, TrustAnchors current) {
    return received.stream()
        .filter(link -> !link.equals(root) && link.isCa())
        .filter(link -> link.subject().equals(root.subject()))
        .filter(link -> link.subjectPublicKeyInfo().equals(root.subjectPublicKeyInfo()))
        .anyMatch(link -> chains(link, current));
  }

  /// The one root to start from where only implicit anchors vouch for the server. With several that
  /// do not belong together, a person has to say which.
  private Certificate onlyRoot() {
    List<Certificate> roots = roots();
    if (roots.isEmpty()) {
      throw untrusted("there is no root among the CA certificates that came");
    }
    TrustAnchors newest =
        new TrustAnchors(EstClient.EXPLICIT, List.of(roots.getFirst()), List.of());
    if (roots.stream().anyMatch(root -> !root.equals(roots.getFirst()) && !chains(root, newest))) {
      throw untrusted(
          "the CA certificates that came hold several roots that do not belong together;"
              + " name the right one by its fingerprint");
    }
    return roots.getFirst();
  }

  /// Self-signed and valid now, the newest first.
  private List<Certificate> roots() {
    return received.stream()
        .filter(Certificate::isCa)
        .filter(certificate -> certificate.isSelfIssued() && certificate.isSignedBy(certificate))
        .filter(certificate -> certificate.isValidAt(now))
        .distinct()
        .sorted(Comparator.comparing(Certificate::notAfter).reversed())
        .toList();
  }

  private boolean chains(Certificate certificate, TrustAnchors anchors) {
    return chains(certificate, received, anchors, now);
  }

  static boolean chains(
      Certificate certificate, List<Certificate> others, TrustAnchors anchors, Instant now) {
    try {
      validate(certificate, others, anchors, now);
      return true;
    } catch (PathInvalidException e) {
      return false;
    }
  }

  /// Any purpose will do, since the profile decides what the certificate is for.
  static void validate(
      Certificate leaf, List<Certificate> others, TrustAnchors anchors, Instant now) {
    List<Certificate> presented = new ArrayList<>();
    presented.add(leaf);
    others.stream().filter(other -> !other.equals(leaf)).forEach(presented::add);
    String purpose = leaf.extendedKeyUsage().stream().findFirst().orElse(ANY_PURPOSE);
    ValidatedPath.validate(presented, anchors, now, purpose);
  }

  private static EstClientException untrusted(String what) {
    return new EstClientException.Untrusted(Code.ANCHORS_UNTRUSTED, what, null);
  }
}
