package dev.chancery.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class LineEncoderTest {
  private final LoggerContext context = new LoggerContext();
  private final ListAppender<ILoggingEvent> events = new ListAppender<>();
  private final Logger log = context.getLogger("test");

  LineEncoderTest() {
    events.start();
    log.addAppender(events);
  }

  @Test
  void aLineIsWhatThePatternOfLogbackWouldWrite() {
    log.info("ready");
    log.atWarn().addKeyValue("port", 8443).addKeyValue("names", "a \"b\"").log("risk: {}", "it");
    log.atError().setCause(new IllegalStateException("outer", new RuntimeException())).log("no");

    var pattern = new PatternLayoutEncoder();
    pattern.setContext(context);
    pattern.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level %msg %kvp%n");
    pattern.start();
    assertThat(events.list).hasSize(3);
    assertThat(events.list)
        .allSatisfy(
            event -> assertThat(text(LogOutput.lines(), event)).isEqualTo(text(pattern, event)));
  }

  private static String text(Encoder<ILoggingEvent> encoder, ILoggingEvent event) {
    return new String(encoder.encode(event), StandardCharsets.UTF_8);
  }
}
