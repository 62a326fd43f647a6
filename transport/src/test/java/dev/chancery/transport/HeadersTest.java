package dev.chancery.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chancery.transport.Headers.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeadersTest {
  private static final Headers HEADERS =
      Headers.NONE.with("Accept", "a").with("Retry-After", "1").with("ACCEPT", "b");

  @Test
  void namesCompareWithoutRegardToCase() {
    assertThat(HEADERS.first("retry-after")).contains("1");
    assertThat(HEADERS.all("accept")).containsExactly("a", "b");
  }

  @Test
  void theFirstOfSeveralIsTheOneThatCameFirst() {
    assertThat(HEADERS.first("accept")).contains("a");
  }

  @Test
  void whatIsNotThereIsAbsent() {
    assertThat(HEADERS.first("Content-Type")).isEmpty();
    assertThat(HEADERS.all("Content-Type")).isEmpty();
  }

  @Test
  void addingAFieldLeavesTheOthersAsTheyWere() {
    assertThat(HEADERS.with("X", "y").fields()).hasSize(4);
    assertThat(HEADERS.fields()).hasSize(3);
  }

  @Test
  void theFieldsAreCopiedIn() {
    List<Field> fields = new ArrayList<>(List.of(new Field("a", "b")));
    Headers headers = new Headers(fields);

    fields.clear();

    assertThat(headers.first("a")).contains("b");
  }
}
