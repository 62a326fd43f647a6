package dev.chancery.pki.name;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Who a certificate speaks for: the subject and the subject alternative names, the latter as a set
/// (EST-101).
public record SubjectNames(DistinguishedName subject, List<GeneralName> alternatives) {
  /// Copies `alternatives`, leaving out repeats and keeping their order.
  public SubjectNames {
    alternatives = List.copyOf(new LinkedHashSet<>(alternatives));
  }

  /// Names from text forms, `CN=…` and `dns:…`.
  public static SubjectNames parse(String subject, Collection<String> alternatives) {
    return new SubjectNames(
        DistinguishedName.parse(subject), alternatives.stream().map(GeneralName::parse).toList());
  }

  public boolean isEmpty() {
    return subject.isEmpty() && alternatives.isEmpty();
  }

  /// Equal subject and the same set of alternatives, in any order.
  @Override
  public boolean equals(Object other) {
    return other instanceof SubjectNames names
        && subject.equals(names.subject)
        && Set.copyOf(alternatives).equals(Set.copyOf(names.alternatives));
  }

  @Override
  public int hashCode() {
    return 31 * subject.hashCode() + Set.copyOf(alternatives).hashCode();
  }

  /// A stable text of the whole, for digests and indexes.
  public String canonical() {
    return subject.canonical()
        + "|"
        + alternatives.stream()
            .map(SubjectNames::canonical)
            .sorted()
            .collect(Collectors.joining("|"));
  }

  /// Equal names have equal texts. A URI may hold the separator, hence the escape.
  private static String canonical(GeneralName name) {
    String text =
        name instanceof GeneralName.DirectoryName directory
            ? "dir:" + directory.name().canonical()
            : name.toString();
    return text.indexOf('\\') < 0 && text.indexOf('|') < 0
        ? text
        : text.replaceAll("([\\\\|])", "\\\\$1");
  }

  /// `CN=x [dns:a, ip:b]`.
  @Override
  public String toString() {
    return alternatives.isEmpty() ? subject.toString() : subject + " " + alternatives;
  }
}
