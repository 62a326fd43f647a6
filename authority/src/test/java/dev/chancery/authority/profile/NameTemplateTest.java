package dev.chancery.authority.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chancery.pki.MalformedException;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.DistinguishedName.Attribute;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameTemplateTest {
  private static final SubjectNames ENTITLED =
      SubjectNames.parse(
          "CN=sensor-1,serialNumber=42,OU=Lab,O=Example,C=DE", List.of("dns:old.example"));

  @Test
  void asEntitledKeepsEverything() {
    assertThat(NameTemplate.AS_ENTITLED.apply(ENTITLED)).isEqualTo(ENTITLED);
  }

  @Test
  void placeholdersAreFilledFromTheSubject() {
    NameTemplate template =
        new NameTemplate(
            "CN={cn} ({serialNumber}),OU={ou},O={o},C={c}",
            List.of("{alternatives}", "dns:{cn}.devices.example", "uri:urn:dev:{serialNumber}"));

    assertThat(template.apply(ENTITLED))
        .isEqualTo(
            SubjectNames.parse(
                "CN=sensor-1 (42),OU=Lab,O=Example,C=DE",
                List.of("dns:old.example", "dns:sensor-1.devices.example", "uri:urn:dev:42")));
  }

  @Test
  void anAttributeThatIsMissingIsNamed() {
    NameTemplate template = new NameTemplate("CN={cn},OU={ou}", List.of());

    assertThatThrownBy(() -> template.apply(SubjectNames.parse("CN=a", List.of())))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("{ou}");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"CN={name}", "CN={}", "CN={CN}", "CN={subject}", "CN={alternatives}"})
  void placeholdersThatDoNotExistAreRefused(String text) {
    assertThatThrownBy(() -> new NameTemplate(text, List.of()))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> new NameTemplate("CN=a", List.of("uri:urn:" + text)))
        .isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"a b", "evil.example/x", "-a", "a..b", "*", "a,b"})
  void aValueThatMakesNoHostNameIsRefused(String commonName) {
    NameTemplate template = new NameTemplate("{subject}", List.of("dns:{cn}.devices.example"));

    assertThatThrownBy(() -> template.apply(named(commonName)))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aWildcardComesFromTheTemplateAndNeverFromAValue() {
    assertThat(
            new NameTemplate("{subject}", List.of("dns:*.{cn}.example"))
                .apply(named("a"))
                .alternatives())
        .containsExactly(GeneralName.parse("dns:*.a.example"));
    assertThatThrownBy(
            () -> new NameTemplate("{subject}", List.of("dns:{cn}")).apply(named("*.example")))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aMailboxHasOneHost() {
    NameTemplate template = new NameTemplate("{subject}", List.of("email:{cn}@example.org"));

    assertThat(template.apply(named("a")).alternatives())
        .containsExactly(GeneralName.parse("email:a@example.org"));
    assertThatThrownBy(() -> template.apply(named("a@evil.example")))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void aCharacterThatTheTypeCannotHoldIsRefusedAndNotCut() {
    // Cut to eight bits, U+0141 would be an "A".
    NameTemplate template = new NameTemplate("serialNumber={cn}", List.of());

    assertThatThrownBy(() -> template.apply(named("\u0141")))
        .isInstanceOf(MalformedException.class);
  }

  static IntStream seeds() {
    return IntStream.range(0, 1000);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aValueNeverBecomesAnotherAttribute(int seed) {
    String value = value(new SplittableRandom(seed));
    NameTemplate template = new NameTemplate("CN={cn},O=Example", List.of("dir:CN={cn},O=Example"));

    SubjectNames names = template.apply(named(value));

    DistinguishedName expected =
        DistinguishedName.of(
            new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, new DERUTF8String("Example"))
                .addRDN(BCStyle.CN, new DERUTF8String(value))
                .build());
    assertThat(names.subject()).isEqualTo(expected);
    assertThat(names.subject().rdns().getFirst())
        .containsExactly(new Attribute(BCStyle.O.getId(), "Example"));
    assertThat(names.alternatives()).containsExactly(new GeneralName.DirectoryName(expected));
  }

  private static String value(SplittableRandom random) {
    String[] pieces = {
      ",O=Evil",
      "+O=Evil",
      "\\",
      "\"",
      ",",
      "+",
      "=",
      "#",
      ";",
      "<",
      ">",
      "{cn}",
      "{o}",
      "$1",
      "a",
      " ",
      "\u00e9",
      "#0500",
      "\\2c",
      "*",
      "\\E",
      "2.5.4.10=x"
    };
    StringBuilder value = new StringBuilder();
    for (int i = random.nextInt(6); i >= 0; i--) {
      value.append(pieces[random.nextInt(pieces.length)]);
    }
    return value.toString().isBlank() ? "x" : value.toString();
  }

  private static SubjectNames named(String commonName) {
    return new SubjectNames(
        DistinguishedName.of(
            new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, new DERUTF8String(commonName))
                .build()),
        List.of());
  }
}
