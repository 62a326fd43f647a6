package dev.chancery.authority.endpoint;

import dev.chancery.authority.Expectation;
import dev.chancery.pki.name.DistinguishedName;
import dev.chancery.pki.name.GeneralName;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A set of names, written as patterns. In a subject's values and in alternatives `*` stands for
/// any characters; in a `dns:` pattern it stands for characters of one label.
///
/// @param subjects RFC 4514 texts: a subject is inside if it has exactly the pattern's attributes,
///   each matching, those of one type in the pattern's order; so for `dir:` patterns
/// @param alternatives such as `dns:*.factory.example`
public record NameSpace(List<String> subjects, List<String> alternatives) {
  /// The space without names.
  public static final NameSpace NOTHING = new NameSpace(List.of(), List.of());

  private static final String DIRECTORY = "dir:";

  public NameSpace {
    subjects = List.copyOf(subjects);
    alternatives = List.copyOf(alternatives);
    subjects.forEach(DistinguishedName::parse);
    alternatives.stream()
        .filter(NameSpace::isDirectory)
        .map(pattern -> pattern.substring(DIRECTORY.length()))
        .forEach(DistinguishedName::parse);
  }

  /// True if no name is inside.
  public boolean isEmpty() {
    return subjects.isEmpty() && alternatives.isEmpty();
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

  /// What a subject inside has to hold, if there is one pattern for subjects: its attributes, with
  /// those to be filled in that have a wildcard. Empty if there is no such pattern or a choice.
  public Optional<List<List<Expectation.Attribute>>> expectedSubject() {
    return subjects.size() == 1
        ? Expectation.partial(DistinguishedName.parse(subjects.getFirst()), "*")
        : Optional.empty();
  }

  /// True if `name` fits the subject pattern.
  public static boolean covers(String pattern, DistinguishedName name) {
    DistinguishedName wanted = DistinguishedName.parse(pattern);
    Map<String, List<String>> patterns = byType(wanted);
    Map<String, List<String>> values = byType(name);
    return patterns.keySet().equals(values.keySet())
        && patterns.keySet().stream()
            .allMatch(type -> covers(patterns.get(type), values.get(type)));
  }

  /// One pattern for each value, in order: a pattern that served twice would let another value
  /// through unseen.
  private static boolean covers(@Nullable List<String> patterns, @Nullable List<String> values) {
    return patterns != null
        && values != null
        && patterns.size() == values.size()
        && IntStream.range(0, values.size())
            .allMatch(i ->
                glob(patterns.get(i), ".*")
                    .matcher(values.get(i).toLowerCase(Locale.ROOT))
                    .matches());
  }

  private static boolean covers(String pattern, GeneralName name) {
    if (name instanceof GeneralName.DirectoryName directory) {
      // Over the text, a wildcard would reach across attributes.
      return isDirectory(pattern)
          && covers(pattern.substring(DIRECTORY.length()), directory.name());
    }
    String any = name instanceof GeneralName.DnsName ? "[^.]*" : ".*";
    // A wildcard certificate is asked for by name, never swept up by a pattern.
    boolean literalStar = name.toString().contains("*") && !name.toString().equals(pattern);
    return !literalStar
        && glob(pattern, any).matcher(name.toString().toLowerCase(Locale.ROOT)).matches();
  }

  private static boolean isDirectory(String pattern) {
    return pattern.regionMatches(true, 0, DIRECTORY, 0, DIRECTORY.length());
  }

  private static Map<String, List<String>> byType(DistinguishedName name) {
    return name.rdns().stream()
        .flatMap(List::stream)
        .collect(
            Collectors.groupingBy(
                DistinguishedName.Attribute::type,
                Collectors.mapping(DistinguishedName.Attribute::value, Collectors.toList())));
  }

  private static Pattern glob(String pattern, String any) {
    StringBuilder regex = new StringBuilder();
    for (String literal : pattern.toLowerCase(Locale.ROOT).split("\\*", -1)) {
      regex.append(regex.isEmpty() ? "" : any).append(Pattern.quote(literal));
    }
    return Pattern.compile(regex.toString());
  }
}
