package dev.chancery.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.pki.MalformedException;
import java.util.Collection;

/// JSON of the admin socket and of the command line: strict on the way in (no repeated fields,
/// nothing behind the value), one line or indented on the way out.
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /// An empty object.
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// An array of texts.
  public static ArrayNode texts(Collection<?> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(value -> array.add(value.toString()));
    return array;
  }

  /// Reads one value.
  ///
  /// @throws MalformedException if it is not exactly one
  public static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new MalformedException("the message is not JSON", e);
    }
  }

  /// The value on one line.
  public static String line(JsonNode value) {
    return value.toString();
  }

  /// The value indented, for people and `jq` alike.
  public static String indented(JsonNode value) {
    return value.toPrettyString();
  }
}
