package dev.chancery.pki.name;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// EST-101: subject alternative names are a set.
class SubjectNamesTest {
  private static final List<String> ALTERNATIVES =
      List.of("dns:a.example", "dns:b.example", "ip:10.0.0.1", "uri:urn:x", "dir:CN=a,O=b");

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void orderAndRepeatsDoNotCount(int seed) {
    Random random = new Random(seed);
    List<String> shuffled = new ArrayList<>(ALTERNATIVES);
    shuffled.add(ALTERNATIVES.get(random.nextInt(ALTERNATIVES.size())));
    Collections.shuffle(shuffled, random);
    SubjectNames names = SubjectNames.parse("CN=x", ALTERNATIVES);

    SubjectNames others = SubjectNames.parse("CN=X", shuffled);

    assertThat(others).isEqualTo(names).hasSameHashCodeAs(names);
    assertThat(others.canonical()).isEqualTo(names.canonical());
    assertThat(others.alternatives()).hasSameSizeAs(ALTERNATIVES);
  }

  @Test
  void letterCaseOfHostsDoesNotCount() {
    assertThat(SubjectNames.parse("CN=x", List.of("dns:A.example")))
        .isEqualTo(SubjectNames.parse("CN=x", List.of("dns:a.EXAMPLE")));
  }

  @Test
  void oneNameMoreOrLessMakesAnother() {
    SubjectNames names = SubjectNames.parse("CN=x", List.of("dns:a.example"));

    assertThat(names).isNotEqualTo(SubjectNames.parse("CN=x", List.of()));
    assertThat(names)
        .isNotEqualTo(SubjectNames.parse("CN=x", List.of("dns:a.example", "dns:b.example")));
    assertThat(names).isNotEqualTo(SubjectNames.parse("CN=y", List.of("dns:a.example")));
  }

  @Test
  void equalNamesHaveTheSameCanonicalTextWhateverTheirEncoding() {
    SubjectNames lower = SubjectNames.parse("CN=x", List.of("dir:CN=a"));
    SubjectNames upper = SubjectNames.parse("CN=X", List.of("dir:CN=A"));

    assertThat(upper).isEqualTo(lower);
    assertThat(upper.canonical()).isEqualTo(lower.canonical());
  }

  @Test
  void aNameThatHoldsTheSeparatorIsNotTwoNames() {
    SubjectNames one = SubjectNames.parse("CN=x", List.of("uri:urn:a|uri:urn:b"));
    SubjectNames two = SubjectNames.parse("CN=x", List.of("uri:urn:a", "uri:urn:b"));
    SubjectNames inSubject = SubjectNames.parse("CN=x|dns:a", List.of());

    assertThat(one.canonical()).isNotEqualTo(two.canonical());
    assertThat(inSubject.canonical())
        .isNotEqualTo(SubjectNames.parse("CN=x", List.of("dns:a")).canonical());
  }

  @Test
  void namesWithoutSubjectAndAlternativesAreEmpty() {
    assertThat(SubjectNames.parse("", List.of()).isEmpty()).isTrue();
    assertThat(SubjectNames.parse("", List.of("dns:a")).isEmpty()).isFalse();
  }
}
