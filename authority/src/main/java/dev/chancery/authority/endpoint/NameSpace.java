package dev.chancery.authority.endpoint;

import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// A set of names, written as patterns. In a subject's values and in alternatives `*` stands for
/// any characters; in a `dns:` pattern it stands for characters of one label.
///
/// @param subjects RFC 4514 texts: a subject is inside if it has exactly the pattern's attributes,
///   each matching
/// @param alternatives such as `dns:*.factory.example`
public record NameSpace(List<String> subjects, List<String> alternatives) {
  public NameSpace {
    subjects = List.copyOf(subjects);
    alternatives = List.copyOf(alternatives);
    subjects.forEach(DistinguishedName::parse);
  }

  /// The first name that lies outside, in words, or empty if all are inside. An empty subject is
  /// inside if there are alternatives; names that are empty altogether are outside.
  public Optional<String> outside(SubjectNames names) {
    if (names.isEmpty()) {
      return Optional.of("an empty name");
    }
    if (!names.subject().isEmpty()
        && subjects.stream().noneMatch(pattern -> covers(pattern, names.subject()))) {
      return Optional.of(names.subject().toString());
    }
    return names.alternatives().stream()
        .filter(name -> alternatives.stream().noneMatch(pattern -> covers(pattern, name)))
        .map(GeneralName::toString)
        .findFirst();
  }

  /// True if `name` fits the subject pattern.
  public static boolean covers(String pattern, DistinguishedName name) {
    DistinguishedName wanted = DistinguishedName.parse(pattern);
    List<DistinguishedName.Attribute> left = flat(wanted);
    List<DistinguishedName.Attribute> right = flat(name);
    if (left.size() != right.size()) {
      return false;
    }
    return left.stream()
        .allMatch(attribute ->
            right.stream()
                .anyMatch(other ->
                    other.type().equals(attribute.type())
                        && glob(attribute.value(), ".*")
                            .matcher(other.value().toLowerCase(Locale.ROOT))
                            .matches()));
  }

  private static boolean covers(String pattern, GeneralName name) {
    String any = name instanceof GeneralName.DnsName ? "[^.]*" : ".*";
    // A wildcard certificate is asked for by name, never swept up by a pattern.
    boolean literalStar = name.toString().contains("*") && !name.toString().equals(pattern);
    return !literalStar
        && glob(pattern, any).matcher(name.toString().toLowerCase(Locale.ROOT)).matches();
  }

  private static List<DistinguishedName.Attribute> flat(DistinguishedName name) {
    return name.rdns().stream().flatMap(List::stream).toList();
  }

  private static Pattern glob(String pattern, String any) {
    StringBuilder regex = new StringBuilder();
    for (String literal : pattern.toLowerCase(Locale.ROOT).split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : any).append(Pattern.quote(literal));
    }
    return Pattern.compile(regex.toString());
  }
}
