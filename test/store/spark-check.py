"""Opens every table of a lake with Spark and delta-spark, and compares rows, versions and seals with what is expected.

    pip install pyspark==4.0.1 delta-spark==4.0.0        (Java 17 or newer)
    node test/store/spark-lake.ts /tmp/lake > expected.json
    python3 test/store/spark-check.py /tmp/lake expected.json
"""
import json
import sys

from delta import DeltaTable, configure_spark_with_delta_pip
from pyspark.sql import SparkSession

lake, expected_file = sys.argv[1], sys.argv[2]
with open(expected_file) as file:
    expected = json.load(file)
builder = (
    SparkSession.builder.master("local[1]")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.ui.enabled", "false")
)
spark = configure_spark_with_delta_pip(builder).getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
wrong = 0
for table, want in expected.items():
    path = f"{lake}/{table}"
    history = DeltaTable.forPath(spark, path).history(1).collect()[0]
    half = want["version"] // 2
    seen = {
        "version": history["version"],
        "rows": spark.read.format("delta").load(path).count(),
        "rowsHalfWay": spark.read.format("delta").option("versionAsOf", half).load(path).count(),
    }
    is_same = seen == want
    wrong += not is_same
    print(f"{'same' if is_same else 'DIFFERS'}  {table}  {seen}" + ("" if is_same else f"  expected {want}"))
sys.exit(1 if wrong else 0)
