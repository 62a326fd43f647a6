package dev.chancery.configuration;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// YAML as it stands in the file: text with line numbers, nothing interpreted yet. No anchors, no
/// types, no objects.
public sealed interface Written {
  /// Counted from 1; 0 for what stands in no file.
  int line();

  record Scalar(String text, int line) implements Written {}

  record Listing(List<Written> items, int line) implements Written {
    public Listing {
      items = List.copyOf(items);
    }
  }

  record Mapping(Map<String, Written> entries, int line) implements Written {
    public Mapping {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }
  }

  /// A key without a value.
  record Nothing(int line) implements Written {}

  /// Reads one document; an empty file is [Nothing].
  ///
  /// @param maxCharacters what the text may have
  /// @throws ConfigurationException if the text is no YAML, has more, is nested more than 16 deep,
  ///   or uses what a configuration needs not
  static Written parse(String yaml, int maxCharacters) {
    LoadSettings settings =
        LoadSettings.builder()
            .setCodePointLimit(maxCharacters)
            .setMaxAliasesForCollections(0)
            .build();
    try {
      return new Compose(settings)
          .composeString(yaml)
          .map(node -> of(node, 0))
          .orElse(new Nothing(1));
    } catch (MarkedYamlEngineException e) {
      throw unreadable(e.getProblem(), e.getProblemMark().map(Written::line).orElse(0));
    } catch (YamlEngineException e) {
      String message = e.getMessage();
      throw unreadable(message == null ? "unreadable" : message, 0);
    }
  }

  /// The same, of text that is part of the program: without line numbers.
  static Written constant(String yaml) {
    return withoutLines(parse(yaml, Integer.MAX_VALUE));
  }

  int MAX_DEPTH = 16;

  private static Written of(Node node, int depth) {
    int line = node.getStartMark().map(Written::line).orElse(0);
    if (depth > MAX_DEPTH) {
      throw unreadable("the file is nested too deeply", line);
    }
    if (node.getAnchor().isPresent()) {
      throw unreadable("anchors and aliases are not supported", line);
    }
    return switch (node) {
      case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> new Nothing(line);
      case ScalarNode scalar -> new Scalar(scalar.getValue(), line);
      case SequenceNode sequence ->
          new Listing(sequence.getValue().stream().map(item -> of(item, depth + 1)).toList(), line);
      case MappingNode mapping -> mapping(mapping, line, depth);
      default -> throw unreadable("unexpected YAML", line);
    };
  }

  private static Mapping mapping(MappingNode node, int line, int depth) {
    Map<String, Written> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : node.getValue()) {
      int at = tuple.getKeyNode().getStartMark().map(Written::line).orElse(0);
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw unreadable("a key must be plain text", at);
      }
      Written value = of(tuple.getValueNode(), depth + 1);
      // The key's line is where people look.
      if (entries.put(key.getValue(), at(value, at)) != null) {
        throw unreadable("the key \"" + key.getValue() + "\" stands there twice", at);
      }
    }
    return new Mapping(entries, line);
  }

  private static Written at(Written value, int line) {
    return switch (value) {
      case Scalar scalar -> new Scalar(scalar.text(), line);
      case Listing listing -> new Listing(listing.items(), line);
      case Mapping mapping -> new Mapping(mapping.entries(), line);
      case Nothing nothing -> new Nothing(line);
    };
  }

  private static Written withoutLines(Written value) {
    return switch (value) {
      case Scalar scalar -> new Scalar(scalar.text(), 0);
      case Listing listing -> {
        List<Written> items = new ArrayList<>();
        listing.items().forEach(item -> items.add(withoutLines(item)));
        yield new Listing(items, 0);
      }
      case Mapping mapping -> {
        Map<String, Written> entries = new LinkedHashMap<>();
        mapping.entries().forEach((key, entry) -> entries.put(key, withoutLines(entry)));
        yield new Mapping(entries, 0);
      }
      case Nothing nothing -> new Nothing(0);
    };
  }

  private static int line(Mark mark) {
    return mark.getLine() + 1;
  }

  private static ConfigurationException unreadable(String what, int line) {
    return new ConfigurationException(
        List.of(new Problem("", line > 0 ? OptionalInt.of(line) : OptionalInt.empty(), what, "")));
  }

  /// The tree as YAML text, two spaces a level.
  default String toYaml() {
    StringBuilder text = new StringBuilder();
    YamlText.append(text, this, 0);
    return text.toString();
  }
}
