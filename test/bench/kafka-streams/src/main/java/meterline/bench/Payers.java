package meterline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.util.Utf8;

/** Who pays for what a key uses: api_key_id, then the fields of the attribution, one key a line, separated by tabs. */
record Payers(Map<Utf8, Payer> byKey) {
  record Payer(
      Utf8 organization,
      Utf8 billingGroup,
      Utf8 department,
      Utf8 team,
      Utf8 project,
      Utf8 environment,
      Utf8 costCenter,
      Utf8 allocation) {}

  static Payers read(Path file) throws IOException {
    var payers = new HashMap<Utf8, Payer>();
    for (var line : Files.readAllLines(file)) {
      var field = line.split("\t", -1);
      payers.put(
          new Utf8(field[0]),
          new Payer(
              new Utf8(field[1]),
              new Utf8(field[2]),
              new Utf8(field[3]),
              new Utf8(field[4]),
              new Utf8(field[5]),
              new Utf8(field[6]),
              new Utf8(field[7]),
              new Utf8(field[8])));
    }
    return new Payers(payers);
  }
}
