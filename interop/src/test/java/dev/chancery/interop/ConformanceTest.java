package dev.chancery.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The pages in `docs/conformance` claim nothing that no test shows, and tests name no item that
/// the pages do not have.
class ConformanceTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern ROW =
      Pattern.compile("\\| ([A-Z]+-\\d+) \\| (.*?) \\| ([a-z ]+) \\| (.*) \\|");
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)(#\\w+)?`");
  private static final Pattern ITEM = Pattern.compile("\"([A-Z]+-\\d+)\"");
  private static final Set<String> STATES = Set.of("met", "later", "not met", "not applicable");

  private record Row(String item, String state, String where) {}

  @ParameterizedTest
  @ValueSource(strings = {"est", "scep"})
  void whatIsMetNamesItsTestsAndTheyExist(String page) throws IOException {
    Set<String> tests = tests();
    List<String> wrong = new ArrayList<>();
    for (Row row : rows(page)) {
      List<String> named =
          TEST.matcher(row.where()).results().map(result -> result.group(1)).toList();
      if (row.state().equals("met") && named.isEmpty()) {
        wrong.add(row.item() + " is met and names no test");
      }
      named.stream()
          .filter(test -> !tests.contains(test))
          .forEach(test -> wrong.add(row.item() + " names " + test + ", which does not exist"));
      if (!STATES.contains(row.state())) {
        wrong.add(row.item() + " is " + row.state());
      }
    }

    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"est", "scep"})
  void theTotalsAreThoseOfTheRows(String page) throws IOException {
    Map<String, Long> totals =
        rows(page).stream().collect(Collectors.groupingBy(Row::state, Collectors.counting()));

    String line =
        Stream.of("met", "later", "not applicable", "not met")
            .map(state -> totals.getOrDefault(state, 0L) + " " + state)
            .collect(Collectors.joining(", ", "", "."));

    assertThat(text(page)).contains("\n" + line + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"est", "scep"})
  void everyItemIsThereOnce(String page) throws IOException {
    assertThat(rows(page).stream().map(Row::item)).isNotEmpty().doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"est", "scep"})
  void testsNameItemsOfThePage(String page) throws IOException {
    Set<String> items = rows(page).stream().map(Row::item).collect(Collectors.toSet());
    String prefix = items.iterator().next().replaceAll("\\d", "");

    assertThat(named().filter(item -> item.startsWith(prefix))).isSubsetOf(items);
  }

  private static List<Row> rows(String page) throws IOException {
    return text(page)
        .lines()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .map(row -> new Row(row.group(1), row.group(3), row.group(4)))
        .toList();
  }

  private static String text(String page) throws IOException {
    return Files.readString(ROOT.resolve("docs/conformance/" + page + ".md"));
  }

  private static Set<String> tests() throws IOException {
    return sources().keySet();
  }

  private static Stream<String> named() throws IOException {
    return sources().values().stream()
        .flatMap(source -> requirements(source).stream())
        .flatMap(list -> ITEM.matcher(list).results().map(item -> item.group(1)));
  }

  private static List<String> requirements(String source) {
    return Pattern.compile("@Requirement\\(([^)]*)\\)")
        .matcher(source)
        .results()
        .map(MatchResult::group)
        .toList();
  }

  /// The tests of all modules by their simple names.
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    Set<Path> modules = new TreeSet<>();
    try (Stream<Path> folders = Files.list(ROOT)) {
      folders.map(folder -> folder.resolve("src/test/java")).forEach(modules::add);
    }
    for (Path module : modules) {
      if (Files.isDirectory(module)) {
        try (Stream<Path> files = Files.walk(module)) {
          for (Path file : (Iterable<Path>) files::iterator) {
            Optional.ofNullable(file.getFileName())
                .map(Path::toString)
                .filter(name -> name.endsWith(".java"))
                .ifPresent(name -> sources.put(name.replace(".java", ""), read(file)));
          }
        }
      }
    }
    return sources;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot read " + file, e);
    }
  }
}
