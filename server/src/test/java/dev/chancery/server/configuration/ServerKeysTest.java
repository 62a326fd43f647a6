package dev.chancery.server.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.authority.files.DurableFile;
import dev.chancery.authority.files.DurableFile.Access;
import dev.chancery.configuration.ConfigurationException;
import dev.chancery.est.responder.ServerKeyOffer;
import dev.chancery.est.responder.ServerKeyOffer.Encryption;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The settings of keys that the server makes.
class ServerKeysTest {
  private static final String KEY = "a1".repeat(32);

  @TempDir private Path folder;

  @Test
  void noEndpointMakesKeysUnlessItIsTold() {
    assertThat(Configuration.parse("", folder).defaultEndpoint().serverKeys())
        .isEqualTo(new ServerKeyOffer.Off());
  }

  @Test
  void sharedKeysAreReadFromTheirFilesAndNeverShown() {
    DurableFile.write(folder.resolve("one.key"), KEY + "\n", Access.PRIVATE);

    Configuration configuration =
        Configuration.parse(
            with("delivery: encrypted, symmetric-keys: [{id: hex:0102, file: one.key}]"), folder);

    assertThat(configuration.defaultEndpoint().serverKeys())
        .isInstanceOfSatisfying(
            ServerKeyOffer.Offered.class,
            offered -> {
              assertThat(offered.encryption()).isEqualTo(Encryption.REQUIRED);
              assertThat(offered.sharedKeys())
                  .singleElement()
                  .satisfies(
                      key -> assertThat(key.identifier().toByteArray()).containsExactly(1, 2));
            });
    assertThat(configuration.toString()).doesNotContain("a1a1a1");
  }

  @Test
  void aFileThatOthersMayReadIsRefused() {
    DurableFile.write(folder.resolve("one.key"), KEY, Access.PUBLIC);

    assertProblem("symmetric-keys: [{id: one, file: one.key}]", "others than its owner");
  }

  @Test
  void aFileThatHoldsNoKeyIsRefusedWithoutBeingQuoted() {
    DurableFile.write(folder.resolve("one.key"), "a1a1a1", Access.PRIVATE);

    assertThatThrownBy(
            () -> Configuration.parse(with("symmetric-keys: [{id: one, file: one.key}]"), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("16, 24 or 32 bytes")
        .hasMessageNotContaining("a1a1a1");
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    assertProblem("symmetric-keys: [{id: one, file: none.key}]", "cannot read");
  }

  @Test
  void anIdNamesOneKey() {
    DurableFile.write(folder.resolve("one.key"), KEY, Access.PRIVATE);

    assertProblem(
        "symmetric-keys: [{id: AB, file: one.key}, {id: hex:4142, file: one.key}]",
        "another key has this id");
  }

  private void assertProblem(String serverKeys, String words) {
    assertThatThrownBy(() -> Configuration.parse(with(serverKeys), folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(words);
  }

  private static String with(String serverKeys) {
    return "est:\n  endpoints:\n    - label: \"\"\n      server-keys: {" + serverKeys + "}\n";
  }
}
