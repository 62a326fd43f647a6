package dev.chancery.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.configuration.Declared.Named;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferenceTablesTest {
  @Test
  void eachGroupHasATableUnderItsPath() {
    List<Declared> members =
        List.of(
            Declared.setting("level", Kind.whole(0, 9), "3", "How loud."),
            Declared.group(
                "server",
                "Where it listens.",
                new Named(
                    "doors",
                    "The ways in.",
                    List.of(Declared.required("port", Kind.whole(1, 65535), "443", "Which.")))));

    assertThat(ReferenceTables.markdown(members, "##"))
        .isEqualTo(
            """

            | setting | value | default | meaning |
            |---|---|---|---|
            | `level` | whole number from 0 to 9 | `3` | How loud. |

            ## `server`

            Where it listens.

            ## `server.doors.NAME`

            The ways in.

            | setting | value | default | meaning |
            |---|---|---|---|
            | `port` | whole number from 1 to 65535 | required | Which. |
            """);
  }
}
