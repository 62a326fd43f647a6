package dev.chancery.authority.profile;

import dev.chancery.authority.Expectation;
import dev.chancery.pki.MalformedException;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.style.BCStyle;

/// Makes a certificate's names from the entitled ones. `{subject}` and `{alternatives}` stand for
/// all of them; `{cn}`, `{serialNumber}`, `{o}`, `{ou}` and `{c}` for an attribute of the entitled
/// subject.
///
/// @param subject RFC 4514 text with placeholders; `{subject}` alone keeps the entitled subject
/// @param alternatives texts such as `dns:{cn}.devices.example`; `{alternatives}` alone keeps the
///   entitled ones
public record NameTemplate(String subject, List<String> alternatives) {
  /// The entitled names as they are.
  public static final NameTemplate AS_ENTITLED =
      new NameTemplate("{subject}", List.of("{alternatives}"));

  private static final Map<String, String> ATTRIBUTES =
      Map.of(
          "cn", BCStyle.CN.getId(),
          "serialNumber", BCStyle.SERIALNUMBER.getId(),
          "o", BCStyle.O.getId(),
          "ou", BCStyle.OU.getId(),
          "c", BCStyle.C.getId());

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^}]*)\\}");

  /// Checks the placeholders.
  ///
  /// @throws MalformedException naming one that does not exist
  public NameTemplate {
    alternatives = List.copyOf(alternatives);
    if (!subject.equals("{subject}")) {
      checkPlaceholders(subject);
    }
    alternatives.stream()
        .filter(text -> !text.equals("{alternatives}"))
        .forEach(NameTemplate::checkPlaceholders);
  }

  /// The names for a certificate.
  ///
  /// @throws MalformedException if the entitled subject lacks an attribute that a template needs,
  ///   or a result is no name
  public SubjectNames apply(SubjectNames entitled) {
    DistinguishedName name =
        subject.equals("{subject}")
            ? entitled.subject()
            : DistinguishedName.parse(fill(subject, entitled, true));
    List<GeneralName> names = new ArrayList<>();
    for (String template : alternatives) {
      if (template.equals("{alternatives}")) {
        names.addAll(entitled.alternatives());
      } else {
        names.add(alternative(template, entitled));
      }
    }
    return new SubjectNames(name, names);
  }

  /// What a requester can be told of the subject before it is known who asks: the attributes whose
  /// value is the same for everybody, and those that it has to fill in. Empty if the template keeps
  /// whatever subject is entitled.
  public Optional<List<List<Expectation.Attribute>>> expectedSubject() {
    if (subject.contains("{subject}")) {
      return Optional.empty();
    }
    String blank = "blank";
    while (subject.contains(blank)) {
      blank += "-blank";
    }
    try {
      return Expectation.partial(
          DistinguishedName.parse(PLACEHOLDER.matcher(subject).replaceAll(blank)), blank);
    } catch (MalformedException unlikeAnyValue) {
      // An attribute that is not free text, such as a date: nothing can be said beforehand.
      return Optional.empty();
    }
  }

  /// The same for the alternatives: known beforehand only if they are the same for everybody.
  public Expectation.Alternatives expectedAlternatives() {
    if (alternatives.isEmpty()
        || alternatives.stream().anyMatch(text -> PLACEHOLDER.matcher(text).find())) {
      return new Expectation.Alternatives.Open();
    }
    return new Expectation.Alternatives.Exactly(
        alternatives.stream().map(GeneralName::parse).toList());
  }

  private static GeneralName alternative(String template, SubjectNames entitled) {
    boolean directory = template.toLowerCase(Locale.ROOT).startsWith("dir:");
    GeneralName name = GeneralName.parse(fill(template, entitled, directory));
    if (name instanceof GeneralName.DnsName dns
        && dns.host().contains("*")
        && !template.contains("*")) {
      // A wildcard certificate is for whom the operator writes one, not for a device called "*".
      throw new MalformedException("an entitled value would make a wildcard of " + template);
    }
    return name;
  }

  private static String fill(String template, SubjectNames entitled, boolean escape) {
    Matcher matcher = PLACEHOLDER.matcher(template);
    StringBuilder filled = new StringBuilder();
    while (matcher.find()) {
      String placeholder = matcher.group(1);
      Optional<String> value = entitled.subject().first(ATTRIBUTES.getOrDefault(placeholder, ""));
      String text =
          value.orElseThrow(() ->
              new MalformedException(
                  "the profile needs {" + placeholder + "} and the entitled subject has none"));
      matcher.appendReplacement(filled, Matcher.quoteReplacement(escape ? escaped(text) : text));
    }
    return matcher.appendTail(filled).toString();
  }

  /// RFC 4514 §2.4: an attribute's value must not become another attribute.
  private static String escaped(String value) {
    return value.replaceAll("([\\\\,+\"<>;=#]|^ | $)", "\\\\$1");
  }

  private static void checkPlaceholders(String template) {
    Matcher matcher = PLACEHOLDER.matcher(template);
    while (matcher.find()) {
      if (!ATTRIBUTES.containsKey(matcher.group(1))) {
        throw new MalformedException(
            "there is no placeholder {"
                + matcher.group(1)
                + "}: use one of "
                + ATTRIBUTES.keySet().stream().sorted().toList());
      }
    }
  }
}
