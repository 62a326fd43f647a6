package dev.chancery.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WrittenTest {
  private static final int ROOM = 10_000;

  @Test
  void aKeyKeepsTheLineOnWhichItStands() {
    Written written =
        Written.parse(
            """
            server:
              names:
                - a
                - b
            """,
            ROOM);

    assertThat(written)
        .isEqualTo(
            mapping(
                "server",
                mapping(
                    "names",
                    new Written.Listing(
                        List.of(new Written.Scalar("a", 3), new Written.Scalar("b", 4)), 2),
                    1),
                1));
  }

  private static Written mapping(String key, Written value, int line) {
    return new Written.Mapping(Map.of(key, value), line);
  }

  @Test
  void anEmptyFileSaysNothing() {
    assertThat(Written.parse("", ROOM)).isInstanceOf(Written.Nothing.class);
    assertThat(Written.parse("# a comment\n", ROOM)).isInstanceOf(Written.Nothing.class);
  }

  @Test
  void whatAConfigurationNeedsNotIsRefusedWithItsLine() {
    assertRefused("a: 1\na: 2", "line 2: the key \"a\" stands there twice");
    assertRefused("b: 1\na: &x [1]", "line 2: anchors and aliases are not supported");
  }

  private static void assertRefused(String yaml, String problem) {
    assertThatThrownBy(() -> Written.parse(yaml, ROOM))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(problem);
  }

  @Test
  void depthAndLengthHaveLimits() {
    assertThatThrownBy(() -> Written.parse("[".repeat(20) + "]".repeat(20), ROOM))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("nested too deeply");
    assertThatThrownBy(() -> Written.parse("a: " + "b".repeat(ROOM), ROOM))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void whatIsWrittenAgainMeansTheSame() {
    String yaml =
        """
        server:
          names: [a, "*.b", "c: d"]
          empty: {}
        endpoints:
          - label: "say \\"x\\""
            port: 8443
        """;
    Written constant = Written.constant(yaml);

    assertThat(Written.constant(constant.toYaml())).isEqualTo(constant);
  }
}
