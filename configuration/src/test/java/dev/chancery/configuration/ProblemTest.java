package dev.chancery.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemTest {
  private static final List<String> KNOWN = List.of("address", "port", "provider");

  @Test
  void aMisspelledKeyIsToldTheNearest() {
    assertThat(Problem.unknown("server.tls.prot", 7, "prot", KNOWN))
        .hasToString("line 7: server.tls.prot: there is no such setting (did you mean \"port\"?)");
  }

  @Test
  void aKeyLikeNoOtherIsToldThemAll() {
    assertThat(Problem.unknown("colour", 0, "colour", KNOWN))
        .hasToString("colour: there is no such setting (there are address, port, provider)");
  }
}
