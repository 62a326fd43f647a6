package dev.chancery.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.pki.MalformedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Asks a running server through its admin socket; see [AdminSocket] for what travels. Thread-safe:
/// each call has a connection of its own.
public final class AdminClient {
  private final Path socket;

  public AdminClient(Path socket) {
    this.socket = socket;
  }

  /// True if somebody listens on the socket.
  public static boolean answers(Path socket) {
    if (!Files.exists(socket)) {
      return false;
    }
    try (SocketChannel connection = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return connection.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException nobody) {
      return false;
    }
  }

  /// Runs a command and returns its result.
  ///
  /// @throws RefusedException if the server refuses
  /// @throws AdminUnreachableException if no server listens, or it goes away before it has answered
  public JsonNode call(String command, ObjectNode arguments, Progress progress)
      throws AdminUnreachableException {
    AdminSocket.checkLength(socket);
    ObjectNode request = Json.object().put("command", command);
    request.set("arguments", arguments);
    try (SocketChannel connection = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      connection.connect(UnixDomainSocketAddress.of(socket));
      OutputStream out = Channels.newOutputStream(connection);
      out.write((Json.line(request) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
      return answer(
          new BufferedReader(Channels.newReader(connection, StandardCharsets.UTF_8)), progress);
    } catch (IOException e) {
      throw new AdminUnreachableException("no server answers on " + socket, e);
    }
  }

  private static JsonNode answer(BufferedReader in, Progress progress) throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode reply = Json.parse(line);
      if (reply.has("result")) {
        return reply.path("result");
      }
      if (reply.has("error")) {
        JsonNode error = reply.path("error");
        throw new RefusedException(
            codeOf(error.path("code").asText()),
            error.path("what").asText(),
            error.path("hint").asText());
      }
      if (!reply.has("progress")) {
        throw new MalformedException("the server's reply is not one");
      }
      JsonNode at = reply.path("progress");
      progress.at(at.path("done").asLong(), at.path("total").asLong());
    }
    throw new IOException("the connection ended before the answer");
  }

  /// A code of a newer server than this client is none that it knows.
  private static Refusal.Code codeOf(String id) {
    return Arrays.stream(Refusal.Code.values())
        .filter(code -> code.id().equals(id))
        .findFirst()
        .orElse(Refusal.Code.INTERNAL);
  }
}
