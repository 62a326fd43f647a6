package dev.chancery.est;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chancery.est.client.EstClientException;
import dev.chancery.est.client.Linking;
import dev.chancery.est.client.RequestDraft;
import dev.chancery.est.client.RequestPlan;
import dev.chancery.est.responder.BasicCredentials;
import dev.chancery.est.responder.DigestAuthorization;
import dev.chancery.est.wire.CertificationRequestTemplate;
import dev.chancery.est.wire.CsrAttributes;
import dev.chancery.est.wire.EstBase64;
import dev.chancery.est.wire.MultipartCore;
import dev.chancery.est.wire.MultipartMixed;
import dev.chancery.pki.Der;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.key.KeyPairs;
import dev.chancery.pki.key.KeyType;
import dev.chancery.pki.name.SubjectNames;
import dev.chancery.pki.request.CertificationRequest;
import dev.chancery.pki.request.ProofInvalidException;
import dev.chancery.pki.request.ProofOfPossession;
import dev.chancery.pki.request.WeakKeyException;
import dev.chancery.transport.Body;
import dev.chancery.transport.MediaType;
import dev.chancery.transport.RetryAfter;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Whatever a stranger sends ends in a value or in a refusal, never in another exception. Runs the
/// corpus as a plain test; with `JAZZER_FUZZ=1` it searches for more.
class EstFuzzTest {
  private static final SubjectNames NAMES =
      SubjectNames.parse("CN=device-1", List.of("dns:device-1.example"));
  private static final KeyPair KEY = KeyPairs.generate(KeyType.P_256);

  @FuzzTest(maxDuration = "60s")
  void base64(byte[] input) {
    try {
      EstBase64.decode(Body.of(input));
    } catch (MalformedException refused) {
      requireWords(refused);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void certificationRequest(byte[] input) {
    try {
      ProofOfPossession.verify(CertificationRequest.parse(input));
    } catch (MalformedException refused) {
      requireWords(refused);
    } catch (WeakKeyException | ProofInvalidException refused) {
      return;
    }
  }

  @FuzzTest(maxDuration = "60s")
  void csrAttributes(byte[] input) {
    CsrAttributes attributes;
    try {
      attributes = CsrAttributes.parse(input);
    } catch (MalformedException refused) {
      requireWords(refused);
      return;
    }
    byte[] written = attributes.encode();
    if (!Arrays.equals(CsrAttributes.parse(written).encode(), written)) {
      throw new IllegalStateException("what is written is read as something else");
    }
  }

  /// A client that follows whatever a server announces makes a request that can be read, or says
  /// what it cannot do.
  @FuzzTest(maxDuration = "60s")
  void followedAttributes(byte[] input) {
    RequestPlan plan;
    try {
      plan = RequestPlan.following(CsrAttributes.parse(input), NAMES, Optional.empty());
    } catch (MalformedException refused) {
      requireWords(refused);
      return;
    } catch (EstClientException.Unable unable) {
      return;
    }
    RequestDraft draft =
        plan.keyType() == KeyType.P_256
            ? plan.draft(KEY, Optional.empty(), Linking.OFF)
            : RequestDraft.of(plan.names(), KEY, Linking.OFF);
    draft.unlinked();
  }

  @FuzzTest(maxDuration = "60s")
  void requestTemplate(byte[] input) {
    CertificationRequestTemplate template;
    try {
      template = CertificationRequestTemplate.parse(Der.of(input));
      template.alternativeNames();
      template
          .subject()
          .ifPresent(subject -> subject.attributes().forEach(attribute -> attribute.text()));
    } catch (MalformedException refused) {
      requireWords(refused);
      return;
    }
    if (!CertificationRequestTemplate.parse(template.encode()).encode().equals(template.encode())) {
      throw new IllegalStateException("what is written is read as something else");
    }
  }

  @FuzzTest(maxDuration = "60s")
  void authorization(byte[] input) {
    try {
      BasicCredentials.parse(text(input)).ifPresent(BasicCredentials::close);
    } catch (MalformedException refused) {
      requireWords(refused);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void digestAuthorization(byte[] input) {
    try {
      DigestAuthorization.parse(text(input))
          .ifPresent(sent -> {
            sent.count();
            sent.isFor("/", "");
          });
    } catch (MalformedException refused) {
      requireWords(refused);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void mediaType(byte[] input) {
    MediaType.parse(text(input));
  }

  @FuzzTest(maxDuration = "60s")
  void multipart(byte[] input) {
    try {
      MultipartMixed.parse("b", Body.of(input));
    } catch (MalformedException refused) {
      requireWords(refused);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void multipartCore(byte[] input) {
    MultipartCore message;
    try {
      message = MultipartCore.parse(input);
    } catch (MalformedException refused) {
      requireWords(refused);
      return;
    }
    byte[] written =
        MultipartCore.encode(
            message.first().contentFormat(),
            message.first().content().toByteArray(),
            message.second().contentFormat(),
            message.second().content().toByteArray());
    if (!MultipartCore.parse(written).equals(message) || written.length > input.length) {
      throw new IllegalStateException("what is written is read as something else");
    }
  }

  @FuzzTest(maxDuration = "60s")
  void retryAfter(byte[] input) {
    RetryAfter.parse(text(input)).ifPresent(value -> value.from(Instant.EPOCH));
  }

  private static String text(byte[] input) {
    return new String(input, StandardCharsets.ISO_8859_1);
  }

  private static void requireWords(MalformedException refused) {
    if (refused.safeMessage().isBlank()) {
      throw new IllegalStateException("refused without a word", refused);
    }
  }
}
