package dev.chancery.est.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EstLabelTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a/b",
        "a%2Fb",
        "a b",
        "-a",
        "cacerts",
        "CACERTS",
        "csrattrs",
        "pal",
        "tamp",
        "crts",
        "skc"
      })
  void whatCouldBeMistakenForAnOperationOrAPathIsNoLabel(String value) {
    assertThatThrownBy(() -> new EstLabel(value)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aLabelStandsBetweenRootAndOperation() {
    assertThat(EstOperation.SIMPLEENROLL.path(new EstLabel("factory-2.eu")))
        .isEqualTo("/.well-known/est/factory-2.eu/simpleenroll");
  }

  @Test
  void withoutALabelTheOperationFollowsTheRoot() {
    assertThat(EstOperation.CACERTS.path()).isEqualTo("/.well-known/est/cacerts");
  }
}
