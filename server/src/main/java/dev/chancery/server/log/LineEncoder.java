package dev.chancery.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import org.slf4j.event.KeyValuePair;

/// A log event as a line of UTF-8: a beginning, the message, the fields as `name="value"`, and
/// below it the stack of what was thrown. What Logback's patterns would write; but reading a
/// pattern takes longer at each start than most commands do.
public final class LineEncoder extends EncoderBase<ILoggingEvent> {
  private final Beginning beginning;

  /// What stands before the message.
  @FunctionalInterface
  public interface Beginning {
    /// Appends it to an empty line.
    void append(ILoggingEvent event, StringBuilder line);
  }

  public LineEncoder(Beginning beginning) {
    this.beginning = beginning;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder line = new StringBuilder();
    beginning.append(event, line);
    line.append(event.getFormattedMessage()).append(' ');
    if (event.getKeyValuePairs() != null) {
      String separator = "";
      for (KeyValuePair field : event.getKeyValuePairs()) {
        line.append(separator).append(field.key).append("=\"").append(field.value).append('"');
        separator = " ";
      }
    }
    line.append(System.lineSeparator());
    if (event.getThrowableProxy() != null) {
      line.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    return line.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] headerBytes() {
    return new byte[0];
  }

  @Override
  public byte[] footerBytes() {
    return new byte[0];
  }
}
