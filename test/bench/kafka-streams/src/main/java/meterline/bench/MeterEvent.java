package meterline.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import meterline.AttributionMethod;
import meterline.MeteredUsage;
import meterline.RatingStatus;
import meterline.UsageEvent;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.util.Utf8;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Names who pays, rates, and writes the metered record. Left out: labels that contradict the registry, events without a known
 * key, fractions of units, amounts beyond 64 bits, rejected records, spend.delta.
 */
final class MeterEvent implements Processor<byte[], UsageEvent, byte[], byte[]> {
  record Knowledge(Payers payers, Rates rates, int schemaId) {}

  private static final long MILLION = 1_000_000;
  private static final long USD_MICRO_PER_CREDIT = 10_000;
  private static final Utf8 INPUT = new Utf8("tokens_input");
  private static final Utf8 CACHED = new Utf8("tokens_input_cached");
  private static final Utf8 STANDARD = new Utf8("standard");
  private static final Utf8 CARD = new Utf8("bench-rates");

  /** What the schema has beyond the cost is about corrections, which are left out: the defaults say that there is none. */
  private static final List<Schema.Field> UNSET =
      MeteredUsage.getClassSchema().getFields().stream()
          .filter(field -> field.pos() > MeteredUsage.getClassSchema().getField("cost_usd_micro").pos())
          .toList();

  private final Knowledge knowledge;
  private final byte[] frame;
  private final SpecificDatumWriter<MeteredUsage> writer = new SpecificDatumWriter<>(MeteredUsage.class);
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(1_024);
  private BinaryEncoder encoder;
  private ProcessorContext<byte[], byte[]> context;

  MeterEvent(Knowledge knowledge) {
    this.knowledge = knowledge;
    this.frame = ByteBuffer.allocate(5).put((byte) 0).putInt(knowledge.schemaId()).array();
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
  }

  @Override
  public void process(Record<byte[], UsageEvent> record) {
    var event = record.value();
    var payer = knowledge.payers().byKey().get(event.getApiKeyId());
    if (payer == null) throw new IllegalStateException("unknown key " + event.getApiKeyId());
    var metered = copyOf(event);
    metered.setIngestedAt(record.timestamp());
    metered.setSourceOffset(context.recordMetadata().orElseThrow().offset());
    metered.setAttribution(AttributionMethod.key_registry);
    metered.setOrganization(payer.organization());
    metered.setBillingGroup(payer.billingGroup());
    metered.setDepartment(payer.department());
    metered.setTeam(payer.team());
    metered.setProject(payer.project());
    metered.setEnvironment(payer.environment());
    metered.setCostCenter(payer.costCenter());
    metered.setAllocationId(payer.allocation());
    metered.setTier(STANDARD);
    rate(event, metered);
    context.forward(record.withValue(encode(metered)));
  }

  private void rate(UsageEvent event, MeteredUsage metered) {
    var known = knowledge.rates().of(event.getProvider(), event.getModelName());
    var units = unitsOf(event.getUnits());
    var applied = new HashMap<Utf8, Long>();
    List<Utf8> unrated = new ArrayList<>(0);
    long sum = 0;
    for (var unit : units.entrySet()) {
      var rate = known.get(unit.getKey());
      if (rate == null) {
        unrated.add(unit.getKey());
        continue;
      }
      applied.put(unit.getKey(), rate);
      sum = Math.addExact(sum, Math.multiplyExact(unit.getValue().longValue(), rate));
    }
    var credits = Math.floorDiv(sum + MILLION / 2, MILLION);
    metered.setMeteredUnits(units);
    metered.setRates(applied);
    metered.setRateCardId(CARD);
    metered.setRateCardVersion(1);
    metered.setRating(unrated.isEmpty() ? RatingStatus.rated : RatingStatus.unrated);
    metered.setUnratedMeters(unrated);
    metered.setCreditsMicro(credits);
    metered.setCostUsdMicro(Math.floorDiv(credits * USD_MICRO_PER_CREDIT + MILLION / 2, MILLION));
  }

  /** The cached part is taken out of the input, so nothing is counted twice. */
  private static Map<Utf8, Double> unitsOf(Map<Utf8, Double> reported) {
    var cached = reported.get(CACHED);
    var input = reported.get(INPUT);
    if (cached == null || input == null) return reported;
    var units = new HashMap<>(reported);
    units.put(INPUT, input - cached);
    return units;
  }

  private static MeteredUsage copyOf(UsageEvent event) {
    var metered = new MeteredUsage();
    for (var field : UNSET) metered.put(field.pos(), SpecificData.get().getDefaultValue(field));
    metered.setRequestId(event.getRequestId());
    metered.setTimestamp(event.getTimestamp());
    metered.setApiKeyId(event.getApiKeyId());
    metered.setProvider(event.getProvider());
    metered.setModelName(event.getModelName());
    metered.setOperationType(event.getOperationType());
    metered.setUnits(event.getUnits());
    metered.setCreditsConsumed(event.getCreditsConsumed());
    metered.setUsageLabels(event.getUsageLabels());
    metered.setResponseLatencyMs(event.getResponseLatencyMs());
    metered.setErrorCode(event.getErrorCode());
    metered.setUserId(event.getUserId());
    metered.setCustomerId(event.getCustomerId());
    metered.setEndpoint(event.getEndpoint());
    metered.setPromptVersion(event.getPromptVersion());
    metered.setProduct(event.getProduct());
    metered.setSessionId(event.getSessionId());
    metered.setCorrects(event.getCorrects());
    return metered;
  }

  private byte[] encode(MeteredUsage metered) {
    try {
      out.reset();
      out.write(frame);
      encoder = EncoderFactory.get().binaryEncoder(out, encoder);
      writer.write(metered, encoder);
      encoder.flush();
      return out.toByteArray();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
