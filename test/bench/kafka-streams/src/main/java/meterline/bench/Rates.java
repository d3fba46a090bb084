package meterline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.util.Utf8;

/**
 * Rates of the one card: provider, model, meter, micro-credits per million units, one line each, separated by tabs. Left out:
 * effective dates, tiers and effective-dated cards.
 */
record Rates(Map<Utf8, Map<Utf8, Map<Utf8, Long>>> byProvider) {
  static Rates read(Path file) throws IOException {
    var rates = new HashMap<Utf8, Map<Utf8, Map<Utf8, Long>>>();
    for (var line : Files.readAllLines(file)) {
      var field = line.split("\t", -1);
      rates
          .computeIfAbsent(new Utf8(field[0]), provider -> new HashMap<>())
          .computeIfAbsent(new Utf8(field[1]), model -> new HashMap<>())
          .put(new Utf8(field[2]), Long.valueOf(field[3]));
    }
    return new Rates(rates);
  }

  /** Meter to rate; empty for a model that has none. */
  Map<Utf8, Long> of(Utf8 provider, Utf8 model) {
    return byProvider.getOrDefault(provider, Map.of()).getOrDefault(model, Map.of());
  }
}
