package dev.chancery.authority.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.name.SubjectNames;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameSpaceTest {
  @ParameterizedTest(name = "{0} covers {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "CN=*,O=Acme;CN=x,O=Acme",
        "CN=sensor-*,O=Acme;CN=sensor-12,O=Acme",
        "CN=sensor-*;CN=SENSOR-1",
        "O=Acme,CN=*;CN=x,O=Acme",
        "CN=*,OU=a,OU=*;CN=x,OU=a,OU=b",
        "CN=a*b*c;CN=axxbyyc",
        "CN=*;CN=x\\,y"
      })
  void aSubjectWithExactlyThePatternsAttributesIsInside(String pattern, String subject) {
    assertThat(space(pattern).outside(names(subject))).isEmpty();
  }

  @ParameterizedTest(name = "{0} does not cover {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "CN=*,O=Acme;CN=x",
        "CN=*,O=Acme;CN=x,O=Evil",
        "CN=*,O=Acme;CN=x,O=Acme,OU=more",
        "CN=*;CN=x,CN=y",
        "CN=*;O=x",
        "CN=*;CN=x+O=y",
        "CN=sensor-*;CN=xsensor-1",
        "CN=a.c;CN=abc",
        // A pattern that served twice would let the other value through unseen.
        "CN=*,OU=a,OU=a;CN=x,OU=a,OU=evil",
        "CN=*,OU=a,OU=a*;CN=x,OU=a,OU=evil",
        "CN=*,OU=a,OU=b;CN=x,OU=a,OU=a"
      })
  void anyOtherSubjectIsOutside(String pattern, String subject) {
    assertThat(space(pattern).outside(names(subject))).contains(names(subject).toString());
  }

  @ParameterizedTest(name = "{0} covers {1}")
  @CsvSource({
    "dns:*.factory.example,dns:a.factory.example",
    "dns:*.factory.example,dns:A.FACTORY.example",
    "dns:press-*.example,dns:press-7.example",
    "dns:*.factory.example,dns:*.factory.example",
    "uri:urn:dev:*,uri:urn:dev:1:2",
    "ip:10.1.*,ip:10.1.2.3",
    "email:*@factory.example,email:a@factory.example",
    "dir:CN=*,dir:CN=x"
  })
  void anAlternativeThatMatchesIsInside(String pattern, String alternative) {
    assertThat(space("", pattern).outside(names("", alternative))).isEmpty();
  }

  @ParameterizedTest(name = "{0} does not cover {1}")
  @CsvSource(
      delimiter = ';',
      value = {
        "dns:*.factory.example;dns:a.b.factory.example",
        "dns:*.factory.example;dns:factory.example",
        "dns:*.factory.example;dns:a.factory.example.evil",
        "dns:*.example;dns:afactoryxexample",
        "dns:*factory.example;dns:*.factory.example",
        "dns:*.*.example;dns:*.a.example",
        "dns:*;uri:dns:x",
        "uri:urn:dev:*;dns:urn",
        "email:*@factory.example;email:a@evil.example",
        // A wildcard reaches to the end of one attribute's value.
        "dir:CN=*;dir:CN=x,O=Evil",
        "dir:CN=*,O=Acme;dir:CN=x,OU=Evil,O=Acme",
        "uri:*;dir:CN=x"
      })
  void anyOtherAlternativeIsOutside(String pattern, String alternative) {
    SubjectNames names = names("", alternative);

    assertThat(space("", pattern).outside(names)).contains(alternative);
  }

  @Test
  void theFirstAlternativeOutsideIsNamed() {
    NameSpace space = space("CN=*", "dns:*.a.example");

    assertThat(space.outside(names("CN=x", "dns:1.a.example", "dns:1.b.example", "ip:10.0.0.1")))
        .contains("dns:1.b.example");
  }

  @Test
  void noNameAtAllIsOutside() {
    assertThat(space("CN=*", "dns:*").outside(names(""))).contains("an empty name");
  }

  @Test
  void aSpaceWithoutPatternsHoldsNothing() {
    NameSpace nothing = new NameSpace(List.of(), List.of());

    assertThat(nothing.outside(names("CN=x"))).isPresent();
    assertThat(nothing.outside(names("", "dns:x"))).isPresent();
  }

  @Test
  void patternsThatAreNoNamesAreRefused() {
    assertThatThrownBy(() -> space("nonsense")).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> space("CN=*", "dir:nonsense")).isInstanceOf(MalformedException.class);
  }

  private static NameSpace space(String subject, String... alternatives) {
    return new NameSpace(
        subject.isEmpty() ? List.of() : List.of(subject), Arrays.asList(alternatives));
  }

  private static SubjectNames names(String subject, String... alternatives) {
    return SubjectNames.parse(subject, Arrays.asList(alternatives));
  }
}
