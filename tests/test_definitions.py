"""The code location loads, and every asset tells a user what it is."""

from pathlib import Path

import dagster as dg
import pytest

from definitions import defs

ROOT = Path(__file__).parent.parent
SPECS = sorted(defs.resolve_all_asset_specs(), key=lambda spec: spec.key)
IMAGE_SPECS = [spec for spec in SPECS if spec.key.path[0] == "image"]


def test_the_code_location_loads() -> None:
    dg.Definitions.validate_loadable(defs)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.key.to_user_string())
def test_every_asset_is_described_grouped_and_owned(spec: dg.AssetSpec) -> None:
    assert spec.description
    assert len(spec.description) > 40
    assert spec.group_name not in (None, "default")
    assert spec.kinds
    assert spec.owners


@pytest.mark.parametrize("spec", IMAGE_SPECS, ids=lambda spec: spec.key.to_user_string())
def test_an_image_asset_has_a_version_and_a_file_of_its_name(spec: dg.AssetSpec) -> None:
    assert spec.code_version
    assert (ROOT / "media_assets" / "images" / f"{spec.key.path[-1]}.py").is_file()


def test_all_derivatives_share_the_partitions_of_source_images() -> None:
    names = {spec.partitions_def.name for spec in IMAGE_SPECS if spec.partitions_def}
    assert names == {"source_images"}
    assert {spec.key.path[-1] for spec in IMAGE_SPECS} >= {
        "source_record",
        "viewing_copy",
        "model_input",
        "thumbnails",
        "embedded_metadata",
        "perceptual_hash",
        "dominant_colors",
    }


def test_the_workspace_file_points_at_the_definitions() -> None:
    assert "relative_path: definitions.py" in (ROOT / "workspace.yaml").read_text()
