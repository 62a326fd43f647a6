package dev.chancery.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.MalformedException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The arguments of a command, each read as what it must be. An absent one and a JSON null are the
/// same.
final class Arguments {
  private final JsonNode fields;

  private Arguments(JsonNode fields) {
    this.fields = fields;
  }

  /// Arguments with none but the `known` names.
  ///
  /// @throws MalformedException if there is another one
  static Arguments of(JsonNode node, List<String> known) {
    if (!(node instanceof ObjectNode fields)) {
      throw new MalformedException("the arguments are not an object");
    }
    fields
        .fieldNames()
        .forEachRemaining(name -> {
          if (!known.contains(name)) {
            throw new MalformedException("there is an unknown argument; known are " + known);
          }
        });
    return new Arguments(fields);
  }

  Optional<String> text(String name) {
    return value(name)
        .map(value -> {
          if (!value.isTextual()) {
            throw new MalformedException(name + " is not a text");
          }
          return value.textValue();
        });
  }

  String requiredText(String name) {
    return text(name).orElseThrow(() -> new MalformedException(name + " is missing"));
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    value(name)
        .ifPresent(array -> {
          if (!array.isArray()) {
            throw new MalformedException(name + " is not an array");
          }
          for (JsonNode element : array) {
            if (!element.isTextual()) {
              throw new MalformedException(name + " holds something that is not a text");
            }
            texts.add(element.textValue());
          }
        });
    return List.copyOf(texts);
  }

  /// A whole number from `least` to `most`.
  long number(String name, long standard, long least, long most) {
    return value(name)
        .map(value -> {
          if (!value.isIntegralNumber()
              || !value.canConvertToLong()
              || value.longValue() < least
              || value.longValue() > most) {
            throw new MalformedException(
                name + " is not a whole number from " + least + " to " + most);
          }
          return value.longValue();
        })
        .orElse(standard);
  }

  boolean flag(String name) {
    return value(name)
        .map(value -> {
          if (!value.isBoolean()) {
            throw new MalformedException(name + " is neither true nor false");
          }
          return value.booleanValue();
        })
        .orElse(false);
  }

  /// A time in ISO 8601, UTC.
  Optional<Instant> time(String name) {
    return text(name)
        .map(text -> {
          try {
            return Instant.parse(text);
          } catch (DateTimeParseException e) {
            throw new MalformedException(name + " is not a time such as 2030-01-31T12:00:00Z", e);
          }
        });
  }

  private Optional<JsonNode> value(String name) {
    return Optional.ofNullable(fields.get(name)).filter(value -> !value.isNull());
  }
}
