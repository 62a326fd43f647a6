package dev.chancery.agent.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.agent.enrollment.Failure;
import dev.chancery.agent.state.CertificateState.Held;
import dev.chancery.agent.store.Attributes;
import dev.chancery.agent.store.FileOperations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `state.json` of one certificate: mode 0600, replaced as a whole.
public final class StateFile {
  private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
  private static final JsonMapper JSON = new JsonMapper();

  private final Path file;
  private final FileOperations files;

  public StateFile(Path folder, FileOperations files) {
    this.file = folder.resolve("state.json");
    this.files = files;
  }

  /// What was written last; empty if there is nothing, or nothing readable: then the files of the
  /// certificate tell all that matters.
  public Optional<CertificateState> read() throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
    try {
      return Optional.of(state(JSON.readTree(text)));
    } catch (JsonProcessingException | DateTimeException | IllegalArgumentException e) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.toString())
          .log("the remembered state is damaged; starting from the files that are there");
      return Optional.empty();
    }
  }

  private static CertificateState state(JsonNode json) {
    JsonNode held = json.path("certificate");
    JsonNode failure = json.path("failure");
    return new CertificateState(
        Instant.parse(json.path("due").asText()),
        json.path("failures").asInt(),
        failure.isObject()
            ? Optional.of(
                new Failure(code(failure.path("code").asText()), failure.path("what").asText()))
            : Optional.empty(),
        json.path("waiting").asBoolean(),
        json.path("polls").asInt(),
        held.isObject()
            ? Optional.of(
                new Held(
                    held.path("subject").asText(),
                    held.path("serialNumber").asText(),
                    held.path("sha256").asText(),
                    Instant.parse(held.path("notBefore").asText()),
                    Instant.parse(held.path("notAfter").asText())))
            : Optional.empty(),
        json.path("draw").asDouble(),
        json.path("layout").asText(),
        json.path("delivering").asLong());
  }

  private static Failure.Code code(String id) {
    return Arrays.stream(Failure.Code.values())
        .filter(code -> code.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("an unknown failure"));
  }

  public void write(CertificateState state) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("due", state.due().toString());
    json.put("failures", state.failures());
    state
        .failure()
        .ifPresent(failure ->
            json.putObject("failure").put("code", failure.code().id()).put("what", failure.what()));
    json.put("waiting", state.waiting());
    json.put("polls", state.polls());
    state
        .certificate()
        .ifPresent(held ->
            json.putObject("certificate")
                .put("subject", held.subject())
                .put("serialNumber", held.serialNumber())
                .put("sha256", held.sha256())
                .put("notBefore", held.notBefore().toString())
                .put("notAfter", held.notAfter().toString()));
    json.put("draw", state.draw());
    json.put("layout", state.layout());
    json.put("delivering", state.delivering());
    files.replace(file, json.toPrettyString().getBytes(StandardCharsets.UTF_8), Attributes.PRIVATE);
  }
}
