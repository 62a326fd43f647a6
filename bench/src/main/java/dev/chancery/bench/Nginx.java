package dev.chancery.bench;

import dev.chancery.lab.ClientTls;
import dev.chancery.lab.Folders;
import dev.chancery.lab.FreePort;
import dev.chancery.lab.LabException;
import dev.chancery.lab.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The floor: nginx with the same server certificate, asking for a client certificate like the
/// server does and answering each request with the same bytes. It parses, checks, signs and stores
/// nothing, so what it uses is the price of TLS and HTTP.
final class Nginx implements Target {
  static final String NAME = "nginx";

  private final Path folder;
  private final int port;
  private final Process process;

  private Nginx(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  /// Where nginx is, if it is installed.
  static Optional<Path> installed() {
    return Stream.of("/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Such as `1.22.1`.
  static String version(Path program) {
    return Programs.must(program.toString(), "-v").replaceAll(".*/", "");
  }

  /// @param chain PEM, the server's certificate first
  /// @param body of every answer: as long as an EST answer is
  static Nginx start(Path program, Path chain, Path key, String body) {
    Path folder = Folders.temporary("chancery-bench-nginx");
    int port = FreePort.tcp();
    String configuration =
        """
        daemon off;
        worker_processes 1;
        pid %1$s/pid;
        error_log stderr crit;
        events { worker_connections 1024; }
        http {
          access_log off;
          client_body_temp_path %1$s/a;
          proxy_temp_path %1$s/b;
          fastcgi_temp_path %1$s/c;
          uwsgi_temp_path %1$s/d;
          scgi_temp_path %1$s/e;
          keepalive_requests 100000000;
          tcp_nodelay on;
          server {
            listen 127.0.0.1:%2$d ssl;
            ssl_certificate %3$s;
            ssl_certificate_key %4$s;
            ssl_protocols TLSv1.3;
            ssl_verify_client optional_no_ca;
            location / {
              default_type "application/pkcs7-mime; smime-type=certs-only";
              return 200 "%5$s";
            }
          }
        }
        """
            .formatted(folder, port, chain, key, body);
    try {
      Path file = Files.writeString(folder.resolve("nginx.conf"), configuration);
      Path log = folder.resolve("log");
      Process process =
          Programs.start(
              List.of(
                  program.toString(),
                  "-e",
                  "stderr",
                  "-p",
                  folder.toString(),
                  "-c",
                  file.toString()),
              log);
      Nginx nginx = new Nginx(folder, port, process);
      nginx.awaitWorker(log);
      return nginx;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write nginx' configuration in " + folder, e);
    }
  }

  private void awaitWorker(Path log) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (true) {
      try {
        HttpConnection.open(ClientTls.anonymous(), port).close();
        return;
      } catch (IOException notYet) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          close();
          throw new LabException("nginx does not start:\n" + Programs.tail(log), notYet);
        }
        Thread.onSpinWait();
      }
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int port(Protocol protocol) {
    if (protocol != Protocol.EST) {
      throw new LabException("nginx speaks HTTP over TLS alone");
    }
    return port;
  }

  @Override
  public List<Long> processes() {
    return Stream.concat(Stream.of(process.pid()), process.descendants().map(ProcessHandle::pid))
        .toList();
  }

  @Override
  public void close() {
    Programs.stop(process);
    Folders.delete(folder);
  }
}
