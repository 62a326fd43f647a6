package dev.chancery.pki.cms;

import dev.chancery.pki.Der;
import dev.chancery.pki.DerLimits;
import dev.chancery.pki.MalformedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;

/// The algorithms that a requester can work with, the preferred one first (SMIMECapabilities, RFC
/// 8551 §2.5.2). Unknown ones are kept, since they are not wrong.
public record SmimeCapabilities(List<Capability> capabilities) {
  private static final int MAX_CAPABILITIES = 64;
  private static final int MAX_PARAMETERS_BYTES = 1024;

  /// One algorithm.
  ///
  /// @param oid dotted
  /// @param parameters their DER, if there are any
  public record Capability(String oid, Optional<Der> parameters) {}

  public SmimeCapabilities {
    capabilities = List.copyOf(capabilities);
  }

  /// What this software can open: AES key wrap, ECDH with SHA-2, RSA-OAEP with SHA-256, AES-CBC.
  /// RSA with PKCS#1 v1.5 is not among them.
  public static SmimeCapabilities ours() {
    List<Capability> all = new ArrayList<>();
    for (AesStrength strength :
        List.of(AesStrength.AES_256, AesStrength.AES_192, AesStrength.AES_128)) {
      all.add(new Capability(strength.wrap().getId(), Optional.empty()));
    }
    for (KeyAgreementScheme scheme : KeyAgreementScheme.values()) {
      all.add(new Capability(scheme.oid().getId(), Optional.empty()));
    }
    all.add(
        new Capability(
            PKCSObjectIdentifiers.id_RSAES_OAEP.getId(),
            Optional.of(encoded(OaepHash.SHA_256.parameters()))));
    for (AesStrength strength :
        List.of(AesStrength.AES_256, AesStrength.AES_192, AesStrength.AES_128)) {
      all.add(new Capability(strength.cbc().getId(), Optional.empty()));
    }
    return new SmimeCapabilities(all);
  }

  /// Only the algorithms called so, without parameters.
  public static SmimeCapabilities of(String... oids) {
    return new SmimeCapabilities(
        java.util.Arrays.stream(oids).map(oid -> new Capability(oid, Optional.empty())).toList());
  }

  /// Reads `SEQUENCE OF SEQUENCE { OBJECT IDENTIFIER, ANY OPTIONAL }`.
  ///
  /// @throws MalformedException if it is something else, or holds more than 64
  public static SmimeCapabilities of(ASN1Encodable asn1) {
    try {
      ASN1Sequence sequence = ASN1Sequence.getInstance(asn1);
      if (sequence.size() > MAX_CAPABILITIES) {
        throw new MalformedException(
            "the SMIMECapabilities are more than " + MAX_CAPABILITIES + " algorithms");
      }
      List<Capability> capabilities = new ArrayList<>();
      for (ASN1Encodable element : sequence) {
        ASN1Sequence one = ASN1Sequence.getInstance(element);
        if (one.size() < 1 || one.size() > 2) {
          throw new MalformedException("a capability is an algorithm, with or without parameters");
        }
        capabilities.add(
            new Capability(
                ASN1ObjectIdentifier.getInstance(one.getObjectAt(0)).getId(),
                one.size() == 1 ? Optional.empty() : Optional.of(parameters(one.getObjectAt(1)))));
      }
      return new SmimeCapabilities(capabilities);
    } catch (IllegalArgumentException | IllegalStateException | ClassCastException e) {
      throw new MalformedException("the SMIMECapabilities are malformed", e);
    }
  }

  /// The form in which a request carries them.
  public ASN1Encodable toAsn1() {
    ASN1EncodableVector all = new ASN1EncodableVector();
    for (Capability capability : capabilities) {
      ASN1EncodableVector one = new ASN1EncodableVector();
      one.add(new ASN1ObjectIdentifier(capability.oid()));
      capability.parameters().map(SmimeCapabilities::decoded).ifPresent(one::add);
      all.add(new DERSequence(one));
    }
    return new DERSequence(all);
  }

  private static Der parameters(ASN1Encodable value) {
    Der der = encoded(value);
    if (der.length() > MAX_PARAMETERS_BYTES) {
      throw new MalformedException(
          "a capability has more than " + MAX_PARAMETERS_BYTES + " bytes of parameters");
    }
    return der;
  }

  private static Der encoded(ASN1Encodable value) {
    try {
      return Der.of(value.toASN1Primitive().getEncoded(ASN1Encoding.DER));
    } catch (IOException e) {
      throw new UncheckedIOException("a capability cannot be encoded", e);
    }
  }

  private static ASN1Primitive decoded(Der der) {
    return DerLimits.parse(der.toByteArray(), MAX_PARAMETERS_BYTES, "capability");
  }

  /// The strengths of AES key wrap that are listed by themselves.
  List<AesStrength> wraps() {
    return capabilities.stream().flatMap(one -> AesStrength.ofWrap(one.oid()).stream()).toList();
  }

  /// The content encryption to use: the strongest listed; AES-256 if no content encryption is
  /// listed at all, since RFC 7030 §4.4.1 asks for key encipherment algorithms only. Empty if some
  /// are listed and none is known.
  Optional<AesStrength> content() {
    List<AesStrength> listed =
        capabilities.stream().flatMap(one -> AesStrength.ofCbc(one.oid()).stream()).toList();
    return listed.isEmpty() && capabilities.stream().noneMatch(ContentAlgorithms::isOne)
        ? Optional.of(AesStrength.AES_256)
        : AesStrength.strongest(listed);
  }

  /// The way of RSA-OAEP that is listed first, if any can be used. Without parameters it may be
  /// any.
  Optional<OaepHash> oaep() {
    return capabilities.stream()
        .filter(one -> one.oid().equals(PKCSObjectIdentifiers.id_RSAES_OAEP.getId()))
        .flatMap(one ->
            one.parameters().isEmpty()
                ? java.util.stream.Stream.of(OaepHash.SHA_256)
                : OaepHash.of(decoded(one.parameters().get())).stream())
        .findFirst();
  }

  /// True if RSA with PKCS#1 v1.5 is listed.
  boolean rsaPkcs1() {
    return capabilities.stream()
        .anyMatch(one -> one.oid().equals(PKCSObjectIdentifiers.rsaEncryption.getId()));
  }

  /// The schemes of key agreement that are listed, each with the strongest key wrap that goes with
  /// it: its parameters name one (RFC 5753 §7.1.1), or else those listed by themselves count.
  List<KeyAgreementScheme.WithWrap> agreements() {
    List<KeyAgreementScheme.WithWrap> found = new ArrayList<>();
    for (Capability capability : capabilities) {
      Optional<KeyAgreementScheme> scheme = KeyAgreementScheme.of(capability.oid());
      Optional<AesStrength> wrap =
          capability.parameters().isPresent()
              ? KeyAgreementScheme.wrapIn(decoded(capability.parameters().get()))
              : AesStrength.strongest(wraps());
      if (scheme.isPresent() && wrap.isPresent()) {
        found.add(new KeyAgreementScheme.WithWrap(scheme.get(), wrap.get()));
      }
    }
    return found;
  }

  /// Tells content encryption from other algorithms.
  private static final class ContentAlgorithms {
    /// Triple DES, DES, RC2 and RC4, and NIST's other AES modes.
    private static boolean isOne(Capability capability) {
      String oid = capability.oid();
      return oid.startsWith("1.2.840.113549.3.")
          || oid.startsWith("1.3.14.3.2.7")
          || (oid.startsWith("2.16.840.1.101.3.4.1.") && AesStrength.ofWrap(oid).isEmpty());
    }
  }
}
