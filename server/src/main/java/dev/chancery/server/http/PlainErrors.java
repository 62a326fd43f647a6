package dev.chancery.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/// Answers what never reaches a responder, such as a broken request line, with one line of text.
/// Never HTML, never anything from inside the server.
final class PlainErrors extends ErrorHandler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    byte[] line = line(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain; charset=utf-8");
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, line.length);
    boolean head = request.getMethod().equals("HEAD");
    response.write(true, ByteBuffer.wrap(head ? new byte[0] : line), callback);
    return true;
  }

  private static byte[] line(int status) {
    String text =
        switch (status) {
          case 431 -> "the request header is too large";
          case 414 -> "the request URI is too long";
          case 400 -> "the request is not HTTP as this server understands it";
          case 505 -> "this server speaks HTTP/1.0 and HTTP/1.1";
          case 408 -> "the request took too long to arrive";
          default -> HttpStatus.getMessage(status);
        };
    return (text + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
