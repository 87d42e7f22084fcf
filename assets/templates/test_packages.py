

@pytest.mark.parametrize("name", [{{packages}}])
def test_package_is_in_the_image(name: str) -> None:
    assert import_module(name)
