"""HTTP: what browsers, scripts and git speak to. It knows neither SQL nor the text core."""
