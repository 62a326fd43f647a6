package dev.chancery.authority.requester;

import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.certificate.RevocationList;
import dev.chancery.pki.certificate.ValidatedPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Looks certificates of others up in the CRLs that lie in files, put there by whoever fetches
/// them. A file is read again when it has changed. What cannot be told is refused. Thread-safe.
final class RevocationFiles {
  private record Read(FileTime modified, long size, RevocationList list) {}

  private final Map<Path, Read> read = new ConcurrentHashMap<>();

  /// Lets a path through on which nothing is revoked. There must be a current CRL of the leaf's
  /// issuer; certificates further up are looked up where there is one of theirs.
  ///
  /// @throws RefusedException if a certificate is revoked, or nothing can be said of the leaf
  void refuseRevoked(ValidatedPath path, List<Path> files, Instant now) {
    List<RevocationList> lists = new ArrayList<>();
    for (Path file : files) {
      lists.add(read(file));
    }
    List<Certificate> certificates = path.certificates();
    for (int i = 0; i + 1 < certificates.size(); i++) {
      Certificate certificate = certificates.get(i);
      Optional<RevocationList> current =
          current(lists, certificate, certificates.get(i + 1), now, i == 0);
      current
          .flatMap(list -> list.revoked(certificate.serialNumber()))
          .ifPresent(at -> {
            throw new RefusedException(
                Refusal.Code.CERTIFICATE_REVOKED,
                "the certificate " + certificate.serialNumber() + " was revoked at " + at,
                "enrol again with a new key and a credential");
          });
    }
  }

  /// The newest list for certificates of `issuer`.
  private static Optional<RevocationList> current(
      List<RevocationList> lists,
      Certificate certificate,
      Certificate issuer,
      Instant now,
      boolean needed) {
    Optional<RevocationList> newest =
        lists.stream()
            .filter(list -> list.issuer().equals(certificate.issuer()))
            .filter(list -> list.isSignedBy(issuer))
            .max((one, other) -> one.thisUpdate().compareTo(other.thisUpdate()));
    if (newest.isEmpty() && needed) {
      throw unknown("there is no CRL of " + certificate.issuer());
    }
    if (newest.isPresent() && now.isAfter(newest.get().nextUpdate())) {
      throw unknown(
          "the CRL of " + certificate.issuer() + " was good until " + newest.get().nextUpdate());
    }
    return newest;
  }

  private RevocationList read(Path file) {
    try {
      FileTime modified = Files.getLastModifiedTime(file);
      long size = Files.size(file);
      Read known = read.get(file);
      if (known == null || !known.modified().equals(modified) || known.size() != size) {
        if (size > RevocationList.MAX_BYTES) {
          throw unknown("the CRL in " + file + " is too large");
        }
        known = new Read(modified, size, RevocationList.parse(Files.readAllBytes(file)));
        read.put(file, known);
      }
      return known.list();
    } catch (IOException e) {
      throw unknown("the CRL in " + file + " cannot be read");
    } catch (MalformedException e) {
      throw unknown("the file " + file + " is of no use: " + e.safeMessage());
    }
  }

  private static RefusedException unknown(String why) {
    return new RefusedException(
        Refusal.Code.REVOCATION_UNKNOWN,
        "whether the certificate is revoked cannot be told: " + why,
        "ask the operator to fetch the CRL anew");
  }
}
