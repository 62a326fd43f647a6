package dev.chancery.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PostgresClusterTest {
  @Test
  void whatWasCommittedIsThereAfterACrashAndInACopy() {
    Optional<PostgresPrograms> programs = PostgresPrograms.installed();
    assumeTrue(programs.isPresent(), "PostgreSQL is not installed");
    Path folder;
    try (PostgresCluster cluster =
        PostgresCluster.make(programs.orElseThrow(), "shared_buffers = 16MB")) {
      folder = cluster.folder();
      cluster.create("books");
      cluster.execute("books", "CREATE TABLE book (id int, title text)");
      cluster.execute("books", "INSERT INTO book VALUES (1, 'one'), (2, 'two')");
      cluster.save("books", folder.resolve("books.dump"));

      cluster.crash();
      boolean up = cluster.isUp();
      cluster.up();
      cluster.create("copy");
      cluster.restore("copy", folder.resolve("books.dump"));

      assertThat(up).isFalse();
      assertThat(ProcessHandle.of(cluster.process())).isPresent();
      assertThat(cluster.ask("books", "SELECT * FROM book ORDER BY id")).isEqualTo("1|one\n2|two");
      assertThat(cluster.ask("copy", "SELECT count(*) FROM book")).isEqualTo("2");
      assertThat(cluster.ask("postgres", "SHOW shared_buffers")).isEqualTo("16MB");
      assertThatThrownBy(() -> cluster.execute("books", "SELECT 1/0"))
          .isInstanceOf(LabException.class)
          .hasMessageContaining("division by zero");
    }
    assertThat(folder).doesNotExist();
  }
}
