package dev.chancery.bench;

import dev.chancery.bench.Scenario.Proof;
import dev.chancery.lab.ClientTls;
import dev.chancery.pki.certificate.Certificate;
import dev.chancery.pki.name.SubjectNames;
import java.util.List;
import java.util.function.IntFunction;

/// Those who enroll in one scenario: they keep their keys and certificates, and have their requests
/// made before the clock starts. Request `i` of a block comes from caller `i` modulo their number.
final class Crowd implements AutoCloseable {
  private final List<Caller> callers;
  private final IntFunction<PreparedRequest> requests;
  private int made;

  private Crowd(List<Caller> callers, int first, IntFunction<PreparedRequest> requests) {
    this.callers = callers;
    this.made = first;
    this.requests = requests;
  }

  /// Those who come to `target` in `scenario`.
  ///
  /// @param devices who hold certificates; as many are used as the scenario has connections
  /// @param workers how many are busy at the same time
  static Crowd of(
      Scenario scenario, Target target, List<Device> devices, Credential credential, int workers) {
    // On a connection that stays open a worker is one device all the time.
    List<Device> active =
        scenario.newConnection() ? devices : devices.subList(0, Math.min(workers, devices.size()));
    return new Crowd(
        callers(scenario, target, active),
        devices.size(),
        requests(scenario, target, active, credential));
  }

  private static List<Caller> callers(Scenario scenario, Target target, List<Device> devices) {
    int port = target.port(scenario.protocol());
    return switch (scenario.protocol()) {
      case EST -> {
        List<ClientTls> identities =
            scenario.proof() == Proof.CERTIFICATE
                ? devices.stream().map(Device::tls).toList()
                : List.of(ClientTls.anonymous());
        yield identities.stream()
            .<Caller>map(identity -> () -> HttpConnection.open(identity, port))
            .toList();
      }
      case EST_COAPS ->
          devices.stream()
              .<Caller>map(device -> CoapsCaller.as(device, port, scenario.operation()))
              .toList();
      case SCEP -> List.of(() -> HttpConnection.openClear(port));
    };
  }

  /// Renewals name what the device's certificate names, first enrollments by password name a new
  /// device each.
  private static IntFunction<PreparedRequest> requests(
      Scenario scenario, Target target, List<Device> devices, Credential credential) {
    DeviceKeys keys = DeviceKeys.of(scenario.keyType());
    IntFunction<SubjectNames> names =
        scenario.proof() == Proof.CERTIFICATE
            ? number -> devices.get(number % devices.size()).names()
            : Device::namesOf;
    return switch (scenario.protocol()) {
      case EST -> {
        String authorization = scenario.proof() == Proof.PASSWORD ? credential.basic() : "";
        yield scenario == Scenario.SERVER_KEY
            ? number -> EstRequests.serverKey(names.apply(number), keys.forRequest(number))
            : number ->
                EstRequests.enrollment(
                    scenario.operation(),
                    authorization,
                    names.apply(number),
                    keys.forRequest(number));
      }
      case EST_COAPS -> number -> EstRequests.payload(names.apply(number), keys.forRequest(number));
      case SCEP -> {
        Certificate recipient = ScepRequests.registrationAuthority(target.port(Protocol.SCEP));
        yield number ->
            ScepRequests.pkcsReq(
                recipient, credential.pair(), names.apply(number), keys.forRequest(number));
      }
    };
  }

  List<Caller> callers() {
    return callers;
  }

  /// The next `count` requests. Blocks begin with the first caller.
  List<PreparedRequest> next(int count) {
    int first = made;
    // A block ends with the last caller.
    made += (count + callers.size() - 1) / callers.size() * callers.size();
    return PreparedRequest.prepare(count, number -> requests.apply(first + number));
  }

  @Override
  public void close() {
    callers.forEach(Caller::close);
  }
}
