package dev.chancery.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.chancery.authority.Refusal;
import dev.chancery.authority.RefusedException;
import dev.chancery.authority.ledger.LedgerUnavailableException;
import dev.chancery.pki.MalformedException;
import dev.chancery.server.Services;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Listens on a UNIX-domain socket for the operator's commands. Who may open the socket (its owner:
/// mode 0600) is the operator; there is no other authentication.
///
/// A connection carries one request line, `{"command":"…","arguments":{…}}`, and gets any number of
/// `{"progress":{"done":n,"total":m}}` lines and one last line, `{"result":{…}}` or
/// `{"error":{"code":"…","what":"…","hint":"…"}}`. All UTF-8. Unknown commands and fields are
/// errors. Thread-safe.
public final class AdminSocket implements AutoCloseable {
  /// The longest request line, in bytes.
  public static final int MAX_REQUEST_BYTES = 1024 * 1024;

  /// Operating systems take 104 (macOS) or 108 bytes, one of them a NUL, and one is our suffix.
  private static final int MAX_PATH_BYTES = 100;

  private static final Logger LOG = LoggerFactory.getLogger(AdminSocket.class);

  private final Path socket;
  private final ServerSocketChannel listener;
  private final AdminCommands commands;
  private final ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor();

  private AdminSocket(Path socket, ServerSocketChannel listener, AdminCommands commands) {
    this.socket = socket;
    this.listener = listener;
    this.commands = commands;
  }

  /// Where the socket of a data folder is.
  public static Path in(Path dataFolder) {
    return dataFolder.resolve("admin.sock");
  }

  /// Opens the socket, replacing one that a server left behind when it was killed.
  ///
  /// @throws IllegalStateException if the path is too long for a socket, or another server listens
  ///   there
  /// @throws UncheckedIOException if the operating system refuses
  public static AdminSocket open(Path socket, Services services) {
    checkLength(socket);
    if (AdminClient.answers(socket)) {
      throw new IllegalStateException("another server listens on " + socket);
    }
    Path dataFolder = Objects.requireNonNullElse(socket.getParent(), Path.of(""));
    // Made beside and renamed, so that nobody can connect before the mode is set.
    Path fresh = socket.resolveSibling(socket.getFileName() + "~");
    try {
      Files.deleteIfExists(fresh);
      ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        listener.bind(UnixDomainSocketAddress.of(fresh));
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
        Files.move(
            fresh, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException | RuntimeException e) {
        listener.close();
        Files.deleteIfExists(fresh);
        throw e;
      }
      AdminSocket admin =
          new AdminSocket(socket, listener, new AdminCommands(services, dataFolder));
      Thread.ofVirtual().name("admin-socket").start(admin::accept);
      return admin;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + socket, e);
    }
  }

  static void checkLength(Path socket) {
    int length = socket.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > MAX_PATH_BYTES) {
      throw new IllegalStateException(
          "the path of the admin socket is "
              + length
              + " bytes long, and operating systems allow about "
              + MAX_PATH_BYTES
              + ": choose a shorter data folder, or give it relative to the current one ("
              + socket
              + ")");
    }
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel connection = listener.accept();
        connections.execute(() -> serve(connection));
      } catch (ClosedChannelException | RejectedExecutionException closed) {
        return;
      } catch (IOException e) {
        LOG.atWarn().setCause(e).log("admin connection could not be accepted");
        pause();
      }
    }
  }

  /// Out of file descriptors, for instance: trying again at once would only burn CPU.
  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(SocketChannel connection) {
    try (connection;
        InputStream in = Channels.newInputStream(connection);
        OutputStream out = Channels.newOutputStream(connection)) {
      answer(in, out);
    } catch (IOException gone) {
      LOG.atDebug().setCause(gone).log("admin client has gone");
    } catch (UncheckedIOException gone) {
      LOG.atDebug().setCause(gone).log("admin client has gone");
    }
  }

  private void answer(InputStream in, OutputStream out) throws IOException {
    ObjectNode reply = Json.object();
    try {
      reply.set(
          "result",
          commands.run(
              Json.parse(line(in)),
              (done, total) -> {
                ObjectNode progress = Json.object();
                progress.putObject("progress").put("done", done).put("total", total);
                send(out, progress);
              }));
    } catch (RefusedException e) {
      reply.set("error", error(e.refusal()));
    } catch (MalformedException e) {
      reply.set("error", error(new Refusal(Refusal.Code.MALFORMED, e.safeMessage(), "")));
    } catch (LedgerUnavailableException e) {
      LOG.atError().setCause(e).log("ledger unavailable for an admin command");
      reply.set(
          "error",
          error(
              new Refusal(
                  Refusal.Code.LEDGER_UNAVAILABLE,
                  "the ledger cannot be read or written now",
                  "see the server's log; is the disk full?")));
    } catch (UncheckedIOException gone) {
      throw gone;
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("admin command failed");
      reply.set(
          "error",
          error(
              new Refusal(
                  Refusal.Code.INTERNAL, "the server failed", "the server's log says more")));
    }
    send(out, reply);
  }

  private static ObjectNode error(Refusal refusal) {
    return Json.object()
        .put("code", refusal.code().id())
        .put("what", refusal.what())
        .put("hint", refusal.hint());
  }

  private static void send(OutputStream out, JsonNode line) {
    try {
      out.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      for (int i = 0; i < read; i++) {
        if (buffer[i] == '\n') {
          line.write(buffer, 0, i);
          return line.toString(StandardCharsets.UTF_8);
        }
      }
      line.write(buffer, 0, read);
      if (line.size() > MAX_REQUEST_BYTES) {
        throw new MalformedException("the request is longer than " + MAX_REQUEST_BYTES + " bytes");
      }
    }
    throw new MalformedException("the request does not end with a newline");
  }

  /// Stops listening, ends running commands and removes the socket.
  @Override
  public void close() {
    try {
      listener.close();
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      LOG.atWarn().setCause(e).log("admin socket could not be removed");
    }
    connections.shutdownNow();
  }
}
